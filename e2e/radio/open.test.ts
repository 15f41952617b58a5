// Networks without a passphrase, and names of all kinds.
import type { BackendName } from './lab/backend';
import type { Lab } from './lab/lab';
import { type ScenarioOptions, scenario } from './lab/scenario';
import { owe, wpa2 } from './lab/security';

// With iwd, ConnMan 1.41 shows no hidden networks, and makes identifiers of something else than the bytes of the name.
const withItsNames: ScenarioOptions = { referenceBackends: ['wpa_supplicant'] };

scenario('an open network is joined without a question', async (lab) => {
  await lab.begin();
  await lab.accessPoint(await lab.site(), { ssid: 'Open' });
  const user = await lab.user();
  const { properties } = await lab.find('Open');
  expect(properties.Security).toEqual(['none']);

  await lab.connect('Open');

  await lab.untilOnline('Open');
  expect(user.asked).toEqual([]);
});

scenario(
  'an open network that encrypts (OWE) is joined without a question',
  async (lab) => {
    await lab.begin();
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Enhanced', security: owe });
    const user = await lab.user();
    await lab.connect('Enhanced');
    await lab.untilOnline('Enhanced');
    const [station = ''] = await accessPoint.stations();
    // The suite selector of OWE, 00-0f-ac-18.
    expect(await accessPoint.command('sta', station)).toMatch(/^AKMSuiteSelector=00-0f-ac-18$/m);
    expect(user.asked).toEqual([]);
  },
  { onlyOurs: true },
);

scenario('a hidden network is listed without a name, and joined when the user names it', joinHidden, withItsNames);

async function joinHidden(lab: Lab): Promise<void> {
  await lab.begin();
  const accessPoint = await lab.accessPoint(await lab.site(), {
    ssid: 'Secret',
    security: wpa2('correct horse'),
    hidden: true,
  });
  const user = await lab.user({ Name: 'Secret', Passphrase: 'correct horse' });
  const hidden = await lab.findWhere('a network without a name', ({ path }) => path.includes('_hidden_'));

  await lab.connman.call(hidden.path, 'Connect').catch(() => undefined);

  await lab.untilOnline('Secret');
  expect(user.asked[0]).toMatch(/^RequestInput Name/);
  expect(await accessPoint.stations()).toHaveLength(1);
}

// iwd passes over networks whose names are not UTF-8, or have a NUL in them.
const names: readonly [string, Buffer, RegExp, ...BackendName[]][] = [
  ['in UTF-8', Buffer.from('Café ☕'), /^Café ☕$/, 'wpa_supplicant', 'iwd'],
  ['in Latin-1', Buffer.from('Caf\xe9', 'latin1'), /^Caf/, 'wpa_supplicant'],
  ['with a newline and a NUL', Buffer.from('a\nb\0c'), /^a.b.c$/, 'wpa_supplicant'],
  ['of 32 bytes', Buffer.alloc(32, 'x'), /^x{32}$/, 'wpa_supplicant', 'iwd'],
];

for (const [kind, ssid, shown, ...backends] of names)
  scenario(
    `a network with a name ${kind} is listed by its bytes and joined`,
    async (lab) => {
      await lab.begin();
      await lab.accessPoint(await lab.site(), { ssid });
      const id = `_${ssid.toString('hex')}_managed_none`;
      const { path, properties } = await lab.findWhere('the network', (service) => service.path.endsWith(id));
      expect(properties.Name).toMatch(shown);
      expect(await lab.connmanctl('services')).toContain(id);
      await lab.connman.call(path, 'Connect');
      await lab.untilOnline(String(properties.Name));
    },
    { ...withItsNames, backends },
  );

scenario('sixty networks in sight are all listed, and the wanted one is joined', async (lab) => {
  await lab.begin();
  const more = Array.from({ length: 59 }, (_none, number) => [
    `bss=wlan1_${number}`,
    `ssid=Neighbour ${number}`,
  ]).flat();
  await lab.accessPoint(await lab.site(), { ssid: 'Wanted', more });

  await lab.find('Wanted');
  await lab.connman.until('sixty services', () => lab.connman.services.length === 60, 60_000);
  await lab.connect('Wanted');

  await lab.untilOnline('Wanted');
});
