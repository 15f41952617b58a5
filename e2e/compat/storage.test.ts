// One /var/lib/connman, two daemons: what one has written, the other reads; and what neither knows stays.
import { Variant } from 'dbus-next';
import { inLab, type Lab } from '../netns/lab/lab';
import { debian, ours, type Subject } from '../netns/lab/subject';
import type { ConnmanView } from '../netns/lab/view';

jest.setTimeout(60_000);

/** Far enough from UTC that a time of the wrong kind shows. */
const TZ = 'Asia/Tokyo';
const tokyoMs = 9 * 3600_000;
const inTokyo = (subject: Subject): Subject => ({ ...subject, env: { ...subject.env, TZ } });

const pairs: readonly [text: string, writer: Subject, reader: Subject][] = [
  ["what Debian's connmand wrote, ours reads", inTokyo(debian), inTokyo(ours)],
  ["what ours wrote, Debian's connmand reads", inTokyo(ours), inTokyo(debian)],
];

const text = (value: string) => new Variant('s', value);
const list = (...values: string[]) => new Variant('as', values);

const settings: Readonly<Record<string, Variant>> = {
  'Nameservers.Configuration': list('192.0.2.53', '2001:db8::53'),
  'Timeservers.Configuration': list('time.test', 'semi;colon', 'back\\slash'),
  'Domains.Configuration': list('one.test', 'two.test'),
  'Proxy.Configuration': new Variant('a{sv}', {
    Method: text('manual'),
    Servers: list('proxy.test:3128', '[2001:db8::1]:80'),
    Excludes: list('intra.test'),
  }),
  'IPv6.Configuration': new Variant('a{sv}', {
    Method: text('manual'),
    Address: text('2001:db8::42'),
    PrefixLength: new Variant('y', 64),
    Gateway: text('2001:db8::1'),
  }),
  'IPv4.Configuration': new Variant('a{sv}', {
    Method: text('manual'),
    Address: text('10.77.1.42'),
    Netmask: text('255.255.255.0'),
    Gateway: text('10.77.1.1'),
  }),
  AutoConnect: new Variant('b', false),
};

/** A machine that works with either daemon, with its cable in. */
const inEither = (scenario: (lab: Lab) => Promise<void>) => inLab(debian, scenario);

async function plugged(lab: Lab) {
  const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
  await network.plug();
  return network;
}

/** What is remembered of eth0, as the bus shows it. */
async function remembered(connman: ConnmanView) {
  const { path, properties } = await connman.until('a service', () => connman.service('eth0'));
  const shown = ['Name', 'Favorite', ...Object.keys(settings)].map((key) => [key, properties[key]]);
  return { path, ...Object.fromEntries(shown) };
}

const fileOf = (path: string) => `/var/lib/connman/${path.split('/').at(-1)}/settings`;

describe.each(pairs)('%s', (_text, writer, reader) => {
  test('of a service: addresses, servers, domains, proxy, AutoConnect, and when it was last connected', () =>
    inEither(async (lab) => {
      await plugged(lab);
      const connman = await lab.startDaemon({ subject: writer });
      const before = Date.now();
      const { path } = await connman.untilOnline('eth0');
      const file = fileOf(path);
      for (const [property, value] of Object.entries(settings)) {
        await connman.configure('eth0', property, value);
        await connman.until(property, () => connman.events.items.some((line) => line.includes(`["${property}",`)));
      }
      const written = await remembered(connman);
      await lab.stopDaemon();
      const modified = (content: string) => /^Modified=(.*)Z$/m.exec(content)?.[1] ?? '';
      const connectedAt = modified(lab.machine.read(file));
      const wall = Date.parse(`${connectedAt}Z`) - tokyoMs;
      expect(wall).toBeGreaterThan(before - 2_000);
      expect(wall).toBeLessThan(Date.now() + 1_000);

      await lab.startDaemon({ subject: reader });

      expect(await remembered(connman)).toEqual(written);
      expect(connman.serviceState('eth0')).toBe('idle');
      await connman.configure('eth0', 'Domains.Configuration', list('three.test'));
      await connman.until('the domain', () => /three\.test/.test(lab.connman.events.tail(1)));
      await lab.stopDaemon();
      expect(modified(lab.machine.read(file))).toBe(connectedAt);
    }));

  test('of a lease: the last address is asked for first', () =>
    inEither(async (lab) => {
      const network = await plugged(lab);
      const connman = await lab.startDaemon({ subject: writer });
      await connman.untilOnline('eth0');
      const address = await lab.machine.addresses('eth0');
      await lab.stopDaemon();
      await lab.machine.run('ip address flush dev eth0');
      const asked = network.dhcp.output.items.length;

      await lab.startDaemon({ subject: reader });
      await connman.untilOnline('eth0');

      expect(await lab.machine.addresses('eth0')).toEqual(address);
      // A link that has just come up may lose the REQUEST; a DISCOVER that then joins it comes after.
      const questions = network.dhcp.output.items.slice(asked).filter((line) => /DHCP(REQUEST|DISCOVER)\(/.test(line));
      expect(questions[0]).toContain('DHCPREQUEST');
    }));

  test('of the whole: OfflineMode, and whether a technology is enabled', () =>
    inEither(async (lab) => {
      await plugged(lab);
      const ethernet = '/net/connman/technology/ethernet';
      const powered = () => lab.connman.technologies.get(ethernet)?.Powered;
      const connman = await lab.startDaemon({ subject: writer });
      await connman.until('it powered', () => powered() === true);
      await connman.call(ethernet, 'SetProperty', 'sv', 'Powered', new Variant('b', false));
      await connman.call('/', 'SetProperty', 'sv', 'OfflineMode', new Variant('b', true));
      await connman.until('offline', () => connman.state === 'offline');
      await lab.stopDaemon();

      await lab.startDaemon({ subject: reader });
      await connman.until('the technology', () => connman.technologies.has(ethernet));
      expect({ ...connman.manager, Powered: powered() }).toMatchObject({ OfflineMode: true, Powered: false });
      await connman.call('/', 'SetProperty', 'sv', 'OfflineMode', new Variant('b', false));
      await connman.until('not offline', () => connman.manager.OfflineMode === false);
      // Switched off before, and not by the offline mode.
      expect(powered()).toBe(false);
      await connman.call(ethernet, 'SetProperty', 'sv', 'Powered', new Variant('b', true));
      await lab.stopDaemon();

      await lab.startDaemon({ subject: writer });
      await connman.until('it powered', () => powered() === true);
      expect(connman.manager.OfflineMode).toBe(false);
      await connman.untilOnline('eth0');
    }));
});

test('groups and keys that no one here knows survive what is written', () =>
  inEither(async (lab) => {
    await plugged(lab);
    const connman = await lab.startDaemon({ subject: debian });
    const { path } = await connman.untilOnline('eth0');
    await lab.stopDaemon();
    const unknown = '\n[Elsewhere]\nKey=value; with a separator\n';
    const [own, global] = [fileOf(path), '/var/lib/connman/settings'];
    lab.machine.write(own, `${lab.machine.read(own)}Future.Key=1;2;\n${unknown}`);
    lab.machine.write(
      global,
      `${lab.machine.read(global)}${unknown}\n[WiFi]\nEnable=true\nTethering.Passphrase=secret\\twelve\n`,
    );

    await lab.startDaemon({ subject: ours });
    await connman.untilOnline('eth0');
    await connman.configure('eth0', 'Domains.Configuration', list('own.test'));
    await connman.call('/', 'SetProperty', 'sv', 'OfflineMode', new Variant('b', true));
    await lab.stopDaemon();

    expect(lab.machine.read(own)).toMatch(/^Domains=own\.test;$/m);
    expect(lab.machine.read(own)).toMatch(/^Future\.Key=1;2;$/m);
    expect(lab.machine.read(own)).toContain(unknown);
    expect(lab.machine.read(global)).toMatch(/^OfflineMode=true$/m);
    expect(lab.machine.read(global)).toContain(unknown);
    expect(lab.machine.read(global)).toMatch(/^\[WiFi\]\nEnable=true\nTethering\.Passphrase=secret\\twelve$/m);
  }));
