// A network namespace that the daemon does not own, as in a container: what the kernel refuses for good is logged once.
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

/** Root of a user namespace of its own, without a right over the links. */
const stranger = { ...ours, daemon: ['unshare', '--user', '--map-root-user', '--', ...ours.daemon] };

/** The wait grows with each refusal: 0.5 s, 1 s, 2 s. */
async function untilRefusedThrice(lab: Lab): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (let plan = ''; !/again in [2-5] s/.test(plan); plan = await lab.connmanctl('plan')) {
    if (performance.now() > deadline) throw new Error(`not tried three times: ${plan}`);
  }
}

onlyOurs('EPERM in a namespace that does not own the link is logged once, however often it is tried again', () =>
  inLab(stranger, async (lab) => {
    await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await lab.machine.run('ip link set eth0 down');
    await lab.startDaemon();

    await untilRefusedThrice(lab);

    const refusals = lab.daemon.output.items.filter((line) => line.includes('EPERM'));
    expect(refusals).toEqual([expect.stringMatching(/^link \d+: switching it on failed: EPERM; trying again$/)]);
  }),
);
