// What is kept on disk, when the disk is full, read-only, or holds something else than files.
import { Variant } from 'dbus-next';
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const domains = (...names: string[]) => new Variant('as', names);

describe('a setting that cannot be saved is refused, and nothing has changed', () => {
  test.each([
    [
      'on a read-only disk',
      'mount -o remount,ro /var/lib',
      'mount -o remount,rw /var/lib',
      /Not saved, so nothing was changed: .*EROFS/,
    ],
    [
      'on a full disk',
      'mount -o remount,size=16k /var/lib',
      'mount -o remount,size=1m /var/lib',
      /Not saved, so nothing was changed: .*ENOSPC/,
    ],
  ])('%s', (_where, spoil, mend, error) =>
    inLab(ours, async (lab) => {
      const { connman } = await lab.online();
      const shown = () => connman.service('eth0')?.properties['Domains.Configuration'];
      // Whatever the coming online had to write is written.
      await connman.configure('eth0', 'Domains.Configuration', domains('before.example'));
      await lab.machine.run(spoil);
      if (spoil.includes('size')) await lab.machine.run(['sh', '-c', 'cat /dev/zero >/var/lib/filler || true']);

      await expect(connman.configure('eth0', 'Domains.Configuration', domains('after.example'))).rejects.toThrow(error);
      expect(shown()).toEqual(['before.example']);

      await lab.machine.run(mend);
      await connman.configure('eth0', 'Domains.Configuration', domains('after.example'));
      await connman.until('the domain', () => String(shown()) === 'after.example');
    }),
  );
});

onlyOurs('a fifo, a device, a folder and a huge file in place of its files neither hold it up nor end it', () =>
  inLab(ours, async (lab) => {
    const { machine } = lab;
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const mac = /ether (\S+)/.exec(await machine.run('ip link show eth0'))?.[1]?.replaceAll(':', '');
    const service = `/var/lib/connman/ethernet_${mac}_cable`;
    await machine.run(`mkdir -p ${service} /var/lib/connman/settings`);
    await machine.run(`mkfifo ${service}/settings /run/connman/resolv.conf`);
    await machine.run('truncate -s 2G /var/lib/connman/huge.config');
    await machine.run('mkdir /run/connman/leases');
    await machine.run(`mkfifo /run/connman/leases/ethernet_${mac}_cable /run/connman/borrowed`);
    await network.plug();

    const connman = await lab.startDaemon();
    await connman.untilOnline('eth0');

    for (const name of ['settings', 'huge.config', 'resolv.conf', 'borrowed']) {
      await lab.daemon.line(new RegExp(`${name}.*(EINVAL|EISDIR|EFBIG)`));
    }
    expect(lab.daemon.exit).toBeUndefined();
  }),
);
