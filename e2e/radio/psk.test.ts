// Networks with a passphrase.
import { scenario } from './lab/scenario';
import { wpa2 } from './lab/security';

const PASSPHRASE = 'correct horse';

scenario('a WPA2 network asks for its passphrase once, and is online', async (lab) => {
  await lab.begin();
  const home = await lab.site();
  const accessPoint = await lab.accessPoint(home, { ssid: 'Home', security: wpa2(PASSPHRASE) });
  const user = await lab.user({ Passphrase: PASSPHRASE });
  const service = await lab.find('Home');
  expect(service.properties).toMatchObject({ Type: 'wifi', Security: ['psk'], State: 'idle', Favorite: false });

  await lab.connect('Home');

  const { properties } = await lab.untilOnline('Home');
  expect(user.asked).toEqual(['RequestInput Passphrase']);
  expect(properties).toMatchObject({ Favorite: true });
  expect(await lab.machine.addresses(lab.link)).toEqual([expect.stringMatching(/^10\.9\.1\.1\d\d\/24$/)]);
  expect(await accessPoint.stations()).toHaveLength(1);
});
