// Sessions with the policy files of an administrator.
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

onlyOurs('a policy file keeps a user’s session off a bearer, and counts as soon as it changes', () =>
  inLab(ours, async (lab) => {
    const folder = '/var/lib/connman/session_policy_local';
    lab.machine.write(`${folder}/lab.policy`, '[policy_root]\nuid=root\nAllowedBearers=wifi\n');
    await lab.online();
    const session = lab.machine.start([...ours.client, 'session', 'on']);
    await session.line(/State = disconnected/);
    await session.line(/AllowedBearers = \[ wifi \]/);

    lab.machine.write(`${folder}/lab.policy`, '[policy_root]\nuid=root\nAllowedBearers=*\n');
    await session.line(/State = online/);
    await session.line(/Bearer = ethernet/);
  }),
);
