// resolv.conf: what it says while the daemon runs, and how it is given back after an end and a crash.

import { type DaemonOptions, inLab, type Lab } from './lab/lab';
import { file, found, header, throughProxy, wish } from './lab/names';
import type { Network } from './lab/network';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

/** A daemon that is killed while resolv.conf is its own, as its next start finds the machine: no cable is plugged. */
async function crash(lab: Lab, options: DaemonOptions = {}, written = throughProxy): Promise<Network> {
  const network = await lab.network(wish('eth0', '10.77.1'));
  await network.plug();
  const connman = await lab.startDaemon(options);
  await connman.untilReady('eth0');
  await lab.stopDaemon('SIGKILL');
  expect(lab.machine.read(file)).toBe(written);
  await network.unplug();
  return network;
}

onlyOurs('after a crash the next start gives resolv.conf back, before it writes its own and at its end', () =>
  inLab(ours, async (lab) => {
    lab.machine.write(file, found);
    const network = await crash(lab);
    const connman = await lab.startDaemon();
    expect(lab.machine.read(file)).toBe(found);
    await network.plug();
    await connman.untilReady('eth0');
    expect(lab.machine.read(file)).toBe(throughProxy);
    await lab.stopDaemon('SIGKILL');
    await network.unplug();
    await lab.startDaemon();
    await lab.stopDaemon();
    expect(lab.machine.read(file)).toBe(found);
  }),
);

describe('after a crash resolv.conf is given back, too, by a start that', () => {
  const cases: readonly [name: string, options: DaemonOptions][] = [
    ['writes no resolv.conf', { mainConf: '[General]\nResolvConf=/dev/null\n' }],
    ['writes another file', { mainConf: '[General]\nResolvConf=/run/connman/other.conf\n' }],
    ['has no proxy', { args: ['-r'] }],
  ];
  for (const [name, options] of cases) {
    onlyOurs(name, () =>
      inLab(ours, async (lab) => {
        lab.machine.write(file, found);
        const network = await crash(lab);
        const connman = await lab.startDaemon(options);
        expect(lab.machine.read(file)).toBe(found);
        await network.plug();
        await connman.untilReady('eth0');
        await network.unplug();
        await connman.until('idle', () => connman.state === 'idle');
        await lab.stopDaemon();
        expect(lab.machine.read(file)).toBe(found);
        expect(await lab.machine.run(['ls', '--ignore=leases', '/run/connman'])).toBe('resolv.conf');
      }),
    );
  }

  onlyOurs('is killed at once', () =>
    inLab(ours, async (lab) => {
      lab.machine.write(file, found);
      await crash(lab);
      await lab.startDaemon();
      await lab.stopDaemon('SIGKILL');
      expect(lab.machine.read(file)).toBe(found);
    }),
  );

  onlyOurs('finds it behind a link', () =>
    inLab(ours, async (lab) => {
      const behind = '/run/connman/by-hand.conf';
      lab.machine.write(behind, found);
      await lab.machine.run(['ln', '-s', 'by-hand.conf', file]);
      await crash(lab, { args: ['-r'] }, `${header}search lab.example\nnameserver 10.77.1.1\n`);
      await lab.startDaemon();
      expect(lab.machine.read(behind)).toBe(found);
      expect(await lab.machine.run(['readlink', file])).toBe('by-hand.conf');
    }),
  );
});

onlyOurs('after a crash a resolv.conf that another program has written since is left alone', () =>
  inLab(ours, async (lab) => {
    const theirs = '# by another program\nnameserver 198.51.100.1\n';
    lab.machine.write(file, found);
    const network = await crash(lab);
    lab.machine.write(file, theirs);
    const connman = await lab.startDaemon();
    expect(lab.machine.read(file)).toBe(theirs);
    await network.plug();
    await connman.untilReady('eth0');
    expect(lab.machine.read(file)).toBe(throughProxy);
    await network.unplug();
    await connman.until('idle', () => connman.state === 'idle');
    await lab.stopDaemon();
    expect(lab.machine.read(file)).toBe(theirs);
  }),
);

onlyOurs('with -r port 53 stays free and resolv.conf names the servers of the link', () =>
  inLab(ours, async (lab) => {
    lab.machine.write(file, found);
    const network = await lab.network(wish('eth0', '10.77.1'));
    await network.plug();
    const connman = await lab.startDaemon({ args: ['-r'] });
    await connman.untilReady('eth0');
    expect(await lab.machine.run(['ss', '-H', '-lntu', 'sport = :53'])).toBe('');
    expect(lab.machine.read(file)).toBe(`${header}search lab.example\nnameserver 10.77.1.1\n`);
    expect(await lab.resolve('www.example')).toBe('10.77.1.1');
    await expect(lab.connmanctl('dns')).rejects.toThrow(
      /failed \(3\): Error dns: no DNS proxy runs: connmand does not run, or leaves names to others/,
    );
    await network.unplug();
    await connman.until('idle', () => connman.state === 'idle');
    await lab.stopDaemon();
    expect(lab.machine.read(file)).toBe(found);
  }),
);
