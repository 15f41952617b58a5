// Hardware addresses, as the access point sees them.
import { Variant } from 'dbus-next';
import { WIFI } from './lab/lab';
import { scenario } from './lab/scenario';
import { wpa2 } from './lab/security';

const permanent = '02:00:00:00:00:00';

scenario(
  'an access point sees the address that a service is to show: its own, the same after a restart, or another each time',
  async (lab) => {
    // Without it iwd chooses addresses by itself.
    lab.machine.write('/etc/iwd/main.conf', '[General]\nAddressRandomization=network\n');
    await lab.begin('[General]\nRandomScanAddress=true\n');
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wpa2('correct horse') });
    await lab.user({ Passphrase: 'correct horse' });
    const seen = async () => {
      await lab.untilOnline('Home');
      return (await accessPoint.stations())[0];
    };
    const again = async (policy: string) => {
      const { path } = await lab.find('Home');
      await lab.connman.call(path, 'SetProperty', 'sv', 'MACAddressPolicy', new Variant('s', policy));
      await lab.disconnect('Home');
      await lab.connman.call(path, 'Connect');
      return seen();
    };

    await lab.connect('Home');
    expect(await seen()).toBe(permanent);

    const stable = await again('stable');
    expect(stable).toMatch(/^.[26ae]:/);
    expect(stable).not.toBe(permanent);
    const random = await again('random');
    expect(await again('random')).not.toBe(random);
    expect(await again('stable')).toBe(stable);

    await lab.stopDaemon();
    await lab.startDaemon();
    expect(await again('stable')).toBe(stable);
    expect(await again('permanent')).toBe(permanent);
  },
  { onlyOurs: true },
);

scenario(
  'with RandomScanAddress, no scan of a radio that is not connected shows its own address',
  async (lab) => {
    const site = await lab.site();
    await lab.backend.start();
    await lab.startDaemon('[General]\nRandomScanAddress=true\n');
    const accessPoint = await lab.accessPoint(site, { ssid: 'Open' });
    const { link } = accessPoint.radio;
    await site.machine.run(['iw', 'dev', link, 'interface', 'add', 'monitor', 'type', 'monitor']);
    await site.machine.run(['ip', 'link', 'set', 'monitor', 'up']);
    const filter = ['type', 'mgt', 'subtype', 'probe-req'];
    const monitor = site.machine.start(['tcpdump', '-l', '-n', '-e', '-Z', 'root', '-i', 'monitor', ...filter]);
    await monitor.line(/listening on/);
    await lab.power(true);
    await lab.connman.call(WIFI, 'Scan');
    await lab.connman.call(WIFI, 'Scan');
    const seen = monitor.output.items.flatMap((line) => /SA:(\S+)/.exec(line)?.[1] ?? []);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).not.toContain(permanent);
  },
  { onlyOurs: true },
);

scenario(
  'an iwd that chooses addresses by itself joins no network that is to see another one, and the error says what to do',
  async (lab) => {
    await lab.begin('[General]\nMACAddressPolicy=stable\n');
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Open' });
    await expect(lab.connect('Open')).rejects.toThrow(/set AddressRandomization=network/);
    expect(await accessPoint.stations()).toEqual([]);
  },
  { onlyOurs: true, backends: ['iwd'] },
);
