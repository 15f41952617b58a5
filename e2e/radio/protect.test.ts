// Networks that protect more than the passphrase: encryption without one beside an open network, and management frames.
import { scenario } from './lab/scenario';
import { wpa2 } from './lab/security';

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
