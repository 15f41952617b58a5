// Keys that are wrong, or that become wrong.
import { scenario } from './lab/scenario';
import { wpa2, wpa3 } from './lab/security';

const RIGHT = 'correct horse';

for (const [name, security] of [
  ['WPA2', wpa2(RIGHT)],
  ['WPA3', wpa3(RIGHT)],
] as const)
  scenario(
    `a wrong ${name} passphrase is asked for again within 10 s in the same Connect, with the one before it`,
    async (lab) => {
      await lab.begin();
      await lab.accessPoint(await lab.site(), { ssid: 'Home', security });
      const user = await lab.user({ Passphrase: ['wrong horse', RIGHT] });
      await lab.find('Home');
      const connected = lab.connect('Home');
      await user.agent.next();
      const asked = performance.now();

      await user.agent.calls.until('the second question', () => user.asked.filter(isQuestion).length === 2, 30_000);

      expect(performance.now() - asked).toBeLessThan(10_000);
      expect(user.fields).toHaveProperty('PreviousPassphrase');
      await connected;
      await lab.untilOnline('Home');
    },
    { onlyOurs: true },
  );

scenario('a wrong passphrase without another try ends in failure with invalid-key, and stays usable', async (lab) => {
  await lab.begin();
  await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wpa2(RIGHT) });
  const user = await lab.user({ Passphrase: 'wrong horse' });
  await lab.find('Home');

  await expect(lab.connect('Home')).rejects.toThrow();

  await lab.untilState('Home', ['failure', 'idle']);
  expect(user.asked[0]).toBe('RequestInput Passphrase');
  expect(lab.service('Home')?.properties.Favorite).toBe(false);
});

scenario(
  'a key that changed at the access point is asked for when the user connects, and the new one is kept',
  async (lab) => {
    await lab.begin();
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wpa2(RIGHT) });
    const user = await lab.user({ Passphrase: [RIGHT, 'battery staple'] });
    await lab.connect('Home');
    await lab.untilOnline('Home');

    await accessPoint.become({ security: wpa2('battery staple') });
    await lab.untilState('Home', ['failure', 'idle', 'absent']);
    await lab.connect('Home');

    await lab.untilOnline('Home');
    expect(user.asked.filter(isQuestion).length).toBeGreaterThanOrEqual(2);
    // The daemon writes its files a little later.
    await lab.passes(10);
    expect(lab.machine.read(`/var/lib/connman/${lab.serviceId('Home')}/settings`)).toContain('battery staple');
  },
  { onlyOurs: true },
);

scenario(
  'a key that is wrong for a while and right again needs no user',
  async (lab) => {
    await lab.begin();
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wpa2(RIGHT) });
    await lab.user({ Passphrase: RIGHT });
    await lab.connect('Home');
    await lab.untilOnline('Home');
    await accessPoint.become({ security: wpa2('battery staple') });
    await lab.connman.until('the connection lost', () => lab.stateOf('Home') !== 'online');
    // Long enough for several attempts with the key that is wrong now.
    await lab.passes(300);

    await accessPoint.become({ security: wpa2(RIGHT) });

    await lab.untilOnline('Home', 15_000);
  },
  { onlyOurs: true },
);

function isQuestion(call: string): boolean {
  return call.startsWith('RequestInput');
}
