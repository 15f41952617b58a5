// main.conf read again while the machine is online: by SIGHUP, by connmanctl, and what waits for the next start.
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const conf = (...lines: string[]) => ['[General]', 'PreferredTechnologies=ethernet', ...lines, ''].join('\n');
const write = (lab: Lab, ...lines: string[]) => lab.machine.write('/etc/connman/main.conf', conf(...lines));

onlyOurs('SIGHUP puts keys in force without a change at the kernel, and names those for the next start', () =>
  inLab(ours, async (lab) => {
    const { network, connman } = await lab.online();
    const events = lab.machine.kernel.items.length;

    write(
      lab,
      'OnlineCheckMode=continuous',
      'OnlineCheckMaxInterval=1',
      'OnlineCheckFailuresThreshold=2',
      'ResolvConf=/run/x',
    );
    lab.daemon.signal('SIGHUP');
    await lab.daemon.line(
      /main\.conf reloaded: OnlineCheckMode, OnlineCheckMaxInterval, OnlineCheckFailuresThreshold in force/,
    );
    await lab.daemon.line(/main\.conf: ResolvConf changed; restart connmand for that \(links stay up\)/);
    await network.answerWith('missing');
    await connman.until('the default to be demoted', () => connman.serviceState('eth0') === 'ready');

    // The kernel may still be settling the address of the link alone.
    expect(lab.machine.kernel.items.slice(events).filter((event) => /10\.77|proto 109/.test(event))).toEqual([]);
    expect(await lab.resolve('gateway.example')).toBe('10.77.1.1');
  }),
);

onlyOurs('connmanctl reload prints what is in force; a broken line is named, and the rest counts', () =>
  inLab(ours, async (lab) => {
    await lab.online();
    write(lab, 'InputRequestTimeout=soon', 'SingleConnectedTechnology=true');
    expect(await lab.machine.run([...ours.client, 'reload'])).toBe('In force: SingleConnectedTechnology');
    await lab.daemon.line(/main\.conf:3: InputRequestTimeout is "soon"; expected whole seconds/);
    expect(await lab.machine.run([...ours.client, 'reload'])).toBe('No change to apply');
  }),
);
