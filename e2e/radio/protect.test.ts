// Networks that protect more than the passphrase: encryption without one beside an open network, and management frames.
import { scenario } from './lab/scenario';
import { owe, wpa2, wpa3 } from './lab/security';

scenario(
  'an open network with an encrypted twin (OWE transition mode) is one service, and the twin is what is joined',
  async (lab) => {
    await lab.begin();
    const twin = 'owe1';
    const more = [
      ...[`owe_transition_ifname=${twin}`, `bss=${twin}`, 'bridge=br0', 'ssid=Cafe-OWE', 'ignore_broadcast_ssid=1'],
      ...['wpa=2', 'rsn_pairwise=CCMP', 'wpa_key_mgmt=OWE', 'ieee80211w=2', 'owe_transition_ifname=wlan1'],
    ];
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Cafe', more });

    await lab.connect('Cafe');

    await lab.untilOnline('Cafe');
    expect(await accessPoint.stations()).toEqual([]);
    const stations = await accessPoint.site.machine.run(['iw', 'dev', twin, 'station', 'dump']);
    expect(stations).toMatch(/MFP:\s*yes/);
    const named = lab.connman.services.filter(({ properties }) => String(properties.Name).startsWith('Cafe'));
    expect(named.map(({ properties }) => properties.Security)).toEqual([['none']]);

    await accessPoint.site.machine.run(['ip', 'link', 'set', twin, 'down']);

    await lab.connman.until('the connection lost', () => lab.stateOf('Cafe') !== 'online', 60_000);
    await lab.passes(60);
    expect(lab.stateOf('Cafe')).not.toMatch(/^(ready|online)$/);
    expect(await accessPoint.stations()).toEqual([]);
  },
  { onlyOurs: true },
);

scenario(
  'a network that was encrypted (OWE) is not joined once it is open, and the error says how to join it all the same',
  async (lab) => {
    await lab.begin();
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Cafe', security: owe });
    await lab.connect('Cafe');
    await lab.untilOnline('Cafe');

    await accessPoint.become({ security: [] });

    await lab.connman.until('the connection lost', () => lab.stateOf('Cafe') !== 'online', 60_000);
    await lab.passes(60);
    expect(lab.stateOf('Cafe')).not.toMatch(/^(ready|online)$/);
    expect(await accessPoint.stations()).toEqual([]);
    await expect(lab.connect('Cafe')).rejects.toThrow();
    expect(lab.daemon.output.items.join('\n')).toMatch(/is open now; remove the service to join it/);
    const { path } = await lab.find('Cafe');
    await lab.connman.call(path, 'Remove');
    await lab.connect('Cafe');
    await lab.untilOnline('Cafe');
  },
  { onlyOurs: true },
);

scenario(
  'a service that was removed after WPA3 is joined by WPA2 with the first Connect',
  async (lab) => {
    await lab.begin();
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wpa3('correct horse') });
    await lab.user({ Passphrase: ['correct horse', 'correct horse'] });
    const { path } = await lab.find('Home');
    await lab.connect('Home');
    await lab.untilOnline('Home');
    // From the second connection on nothing less will do.
    await lab.disconnect('Home');
    await lab.connect('Home');
    await lab.untilOnline('Home');

    await lab.connman.call(path, 'Remove');
    await accessPoint.become({ security: wpa2('correct horse') });
    // Some scans are made meanwhile.
    await lab.passes(20);

    await lab.connect('Home');
    await lab.untilOnline('Home');
  },
  { onlyOurs: true },
);

scenario('a WPA2 network that demands protected management frames is joined with them', async (lab) => {
  await lab.begin();
  const security = [...wpa2('correct horse'), 'ieee80211w=2'];
  const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security });
  await lab.user({ Passphrase: 'correct horse' });
  await lab.connect('Home');
  await lab.untilOnline('Home');
  expect(await accessPoint.command('all_sta')).toMatch(/\[MFP\]/);
});
