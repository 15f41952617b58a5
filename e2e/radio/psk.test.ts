// Networks with a passphrase: WPA, WPA2, WPA3 and both.
import { type ScenarioOptions, scenario } from './lab/scenario';
import { wep, wpa1, wpa2, wpa2And3, wpa3 } from './lab/security';

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

const kinds = [
  { name: 'WPA', security: wpa1(PASSPHRASE), backends: ['wpa_supplicant'], onlyOurs: true },
  { name: 'WPA3', security: wpa3(PASSPHRASE), onlyOurs: true },
  { name: 'WPA2 and WPA3', security: wpa2And3(PASSPHRASE), referenceBackends: ['iwd'] },
] satisfies ({ name: string; security: readonly string[] } & ScenarioOptions)[];

// With wpa_supplicant, ConnMan 1.41 fails to connect again right after Disconnect.
for (const { name, security, ...options } of kinds) {
  scenario(
    `a ${name} network is joined with its passphrase, and again without a question`,
    async (lab) => {
      await lab.begin();
      await lab.accessPoint(await lab.site(), { ssid: 'Home', security });
      const user = await lab.user({ Passphrase: PASSPHRASE });
      await lab.connect('Home');
      await lab.untilOnline('Home');
      await lab.disconnect('Home');

      await lab.connect('Home');

      await lab.untilOnline('Home');
      expect(user.asked).toEqual(['RequestInput Passphrase']);
    },
    options,
  );
}

scenario(
  'in transition mode WPA3 is used, with its own key exchange',
  async (lab) => {
    await lab.begin();
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wpa2And3(PASSPHRASE) });
    await lab.user({ Passphrase: PASSPHRASE });
    await lab.connect('Home');
    await lab.untilOnline('Home');
    const [station = ''] = await accessPoint.stations();
    // The suite selector of SAE, 00-0f-ac-8.
    expect(await accessPoint.command('sta', station)).toMatch(/^AKMSuiteSelector=00-0f-ac-8$/m);
  },
  { onlyOurs: true },
);

scenario(
  'a WEP network is joined with its key',
  async (lab) => {
    await lab.begin();
    await lab.accessPoint(await lab.site(), { ssid: 'Old', security: wep('abcdefghijklm') });
    await lab.user({ Passphrase: 'abcdefghijklm' });
    const { properties } = await lab.find('Old');
    expect(properties.Security).toEqual(['wep']);
    await lab.connect('Old');
    await lab.untilOnline('Old');
  },
  { backends: ['wpa_supplicant'] },
);
