// Wi-Fi Protected Setup: by button and by PIN.
import { scenario } from './lab/scenario';
import { wps } from './lab/security';

scenario(
  'a network is joined by the button on its access point',
  async (lab) => {
    await lab.begin();
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wps('correct horse') });
    const user = await lab.user({ WPS: '' });
    await lab.find('Home');
    await accessPoint.command('wps_pbc');
    await lab.connect('Home');
    await lab.untilOnline('Home');
    expect(user.fields).toHaveProperty('WPS');
  },
  { onlyOurs: true },
);

scenario(
  'a network is joined by the PIN that the access point was given',
  async (lab) => {
    await lab.begin();
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wps('correct horse') });
    await lab.user({ WPS: '12345670' });
    await lab.find('Home');
    await accessPoint.command('wps_pin', 'any', '12345670');
    await lab.connect('Home');
    await lab.untilOnline('Home');
  },
  { onlyOurs: true, backends: ['wpa_supplicant'] },
);
