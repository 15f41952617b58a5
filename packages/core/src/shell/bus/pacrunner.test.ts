import { err, ok, type Result, silentLogger } from '@connman/base';
import { dict, str, strings, type Variant } from '@connman/dbus';
import { ManualClock, ScriptedBus, type ScriptedCall } from '@connman/testkit';
import type { PacQuestion } from '../online/http-check';
import { emptySnapshot } from '../publish/snapshot';
import { Pacrunner, pacrunnerName } from './pacrunner';

/** The calls it got, and what it holds. */
class ScriptedPacrunner {
  readonly calls: string[] = [];
  readonly configurations = new Map<string, Record<string, Variant>>();
  private count = 0;
  /** So many it takes. */
  refusesAfter = Number.POSITIVE_INFINITY;
  onFind: () => void = () => {};

  call({ member, args, answer, refuse }: ScriptedCall): void {
    if (member === 'FindProxyForURL') {
      this.onFind();
      return answer(`PROXY ${[...this.configurations.keys()].at(-1)}`);
    }
    if (member === 'DestroyProxyConfiguration') {
      this.calls.push(`destroy ${args[0]}`);
      this.configurations.delete(args[0] as string);
      return answer();
    }
    if (this.count >= this.refusesAfter) return refuse('org.pacrunner.Error.Failed', 'no room');
    const path = `/org/pacrunner/configuration${this.count++}`;
    this.calls.push(`create ${path}`);
    this.configurations.set(path, args[0] as Record<string, Variant>);
    answer(path);
  }

  /** Of the only one. */
  get values(): unknown {
    return this.configurations.size > 1 ? 'several' : this.last;
  }

  get last(): unknown {
    const last = [...this.configurations.values()].at(-1);
    return last && Object.fromEntries(Object.entries(last).map(([key, { value }]) => [key, value]));
  }
}

const clock = new ManualClock();

async function pass(milliseconds = 100): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 10) {
    clock.advance(10);
    for (let i = 0; i < 10; i++) await Promise.resolve();
  }
}

/** A default service with this proxy; none if not given. */
function snapshot(proxy?: Record<string, Variant>, interfaceName = 'eth0') {
  const service = new Map<string, Variant>([
    ['Ethernet', dict({ Interface: str(interfaceName) })],
    ['Domains', strings(['lab.example'])],
    ['Nameservers', strings(['192.0.2.53'])],
    ['Proxy', dict(proxy ?? {})],
  ]);
  return { ...emptySnapshot, services: new Map([['/net/connman/service/a', service]]) };
}

async function begin() {
  const bus = new ScriptedBus(clock);
  const pacrunner = new ScriptedPacrunner();
  const told = new Pacrunner(bus.client, silentLogger);
  await pass();
  return { bus, pacrunner, told };
}

const common = { Interface: 'eth0', Nameservers: ['192.0.2.53'] };

test.each<[string, Record<string, Variant>, Record<string, unknown>]>([
  ['no proxy', { Method: str('direct') }, { Method: 'direct' }],
  [
    'an auto-configuration URL',
    { Method: str('auto'), URL: str('http://wpad/wpad.dat') },
    { Method: 'auto', URL: 'http://wpad/wpad.dat' },
  ],
  ['auto without a URL, as nothing was found', { Method: str('auto') }, { Method: 'direct' }],
  [
    'proxies of a user',
    { Method: str('manual'), Servers: strings(['proxy:3128']), Excludes: strings(['intra']) },
    { Method: 'manual', Servers: ['proxy:3128'], Excludes: ['intra'] },
  ],
])('pacrunner gets %s of the default service (rule 196)', async (_, proxy, expected) => {
  const { bus, pacrunner, told } = await begin();
  bus.own(pacrunnerName, pacrunner);
  told.follow(snapshot(proxy));
  await pass();
  expect(pacrunner.values).toEqual({ ...common, ...expected });
});

test('a changed proxy takes the place of the one before, and the same one is not sent again', async () => {
  const { bus, pacrunner, told } = await begin();
  bus.own(pacrunnerName, pacrunner);
  told.follow(snapshot({ Method: str('direct') }));
  await pass();
  told.follow(snapshot({ Method: str('direct') }));
  await pass();
  expect(pacrunner.calls).toEqual(['create /org/pacrunner/configuration0']);
  told.follow(snapshot({ Method: str('direct') }, 'eth1'));
  await pass();
  expect(pacrunner.calls.slice(1)).toEqual([
    'create /org/pacrunner/configuration1',
    'destroy /org/pacrunner/configuration0',
  ]);
  told.follow(emptySnapshot);
  await pass();
  expect(pacrunner.configurations.size).toBe(0);
});

test('a pacrunner that comes late, or again, gets what is true then', async () => {
  const { bus, pacrunner, told } = await begin();
  told.follow(snapshot({ Method: str('direct') }));
  await pass();
  bus.own(pacrunnerName, pacrunner);
  await pass();
  expect(pacrunner.values).toMatchObject({ Method: 'direct' });
  bus.disown(pacrunnerName);
  const next = new ScriptedPacrunner();
  bus.own(pacrunnerName, next);
  await pass();
  expect(next.values).toMatchObject({ Method: 'direct' });
  expect(next.calls).toEqual(['create /org/pacrunner/configuration0']);
});

test('changes that come faster than it responds end in the last one alone', async () => {
  const { bus, pacrunner, told } = await begin();
  bus.own(pacrunnerName, pacrunner);
  bus.hang(pacrunnerName, true);
  for (const name of ['eth0', 'eth1', 'eth2']) told.follow(snapshot({ Method: str('direct') }, name));
  await pass();
  bus.hang(pacrunnerName, false);
  await pass();
  expect(pacrunner.values).toMatchObject({ Interface: 'eth2' });
  told.close();
});

test('one that refuses is named once in the log', async () => {
  const bus = new ScriptedBus(clock);
  const lines: string[] = [];
  const log = { ...silentLogger, warning: (line: string) => void lines.push(line) };
  const told = new Pacrunner(bus.client, log);
  bus.own(pacrunnerName, { call: ({ refuse }) => refuse('org.pacrunner.Error.Failed', 'no room') });
  told.follow(snapshot({ Method: str('direct') }));
  await pass();
  told.follow(snapshot({ Method: str('direct') }));
  await pass();
  expect(lines).toEqual(['pacrunner did not accept the proxy: no room']);
});

/** Of a link whose PAC file is `script`. */
const question = (interfaceName: string, script: Result<string, string> = ok('script')): PacQuestion => {
  const url = new URL('http://check.test/page');
  return { url, interfaceName, fetchScript: async () => script };
};

test('it is asked which proxy a URL goes by, of the default service by what it has (rule 135)', async () => {
  const { bus, pacrunner, told } = await begin();
  told.follow(snapshot({ Method: str('auto'), URL: str('http://wpad/wpad.dat') }));
  expect(await told.find(question('eth0'))).toBeUndefined();
  bus.own(pacrunnerName, pacrunner);
  await pass();
  const answer = told.find(question('eth0'));
  await pass();
  expect(await answer).toBe('PROXY /org/pacrunner/configuration0');
  expect(pacrunner.calls).toEqual(['create /org/pacrunner/configuration0']);
});

test('of another service by its own PAC file, which programs are never answered by, one after the other (rule 135)', async () => {
  const { bus, pacrunner, told } = await begin();
  bus.own(pacrunnerName, pacrunner);
  told.follow(snapshot({ Method: str('direct') }));
  await pass();
  const held: unknown[] = [];
  pacrunner.onFind = () => held.push(pacrunner.last);
  const answers = Promise.all([told.find(question('eth1')), told.find(question('eth2', ok('other')))]);
  await pass();
  expect(await answers).toEqual(['PROXY /org/pacrunner/configuration1', 'PROXY /org/pacrunner/configuration2']);
  const own = { Method: 'auto', Domains: ['check.test'], BrowserOnly: true };
  expect(held).toEqual([
    { ...own, Interface: 'eth1', Script: 'script' },
    { ...own, Interface: 'eth2', Script: 'other' },
  ]);
  expect(pacrunner.values).toMatchObject({ Interface: 'eth0', Method: 'direct' });
});

test.each([
  ['192.0.2.1', '192.0.2.1/32'],
  ['[2001:db8::1]', '2001:db8::1/128'],
])('of the host %s it is the network %s', async (host, domain) => {
  const { bus, pacrunner, told } = await begin();
  bus.own(pacrunnerName, pacrunner);
  told.follow(snapshot({ Method: str('direct') }));
  await pass();
  let held: unknown;
  pacrunner.onFind = () => {
    held = pacrunner.last;
  };
  const answer = told.find({ ...question('eth1'), url: new URL(`http://${host}/`) });
  await pass();
  await answer;
  expect(held).toMatchObject({ Domains: [domain] });
});

test('a PAC file that cannot be had, or is refused, names no proxy, and the next one is evaluated', async () => {
  const { bus, pacrunner, told } = await begin();
  bus.own(pacrunnerName, pacrunner);
  told.follow(snapshot({ Method: str('direct') }));
  await pass();
  pacrunner.refusesAfter = 1;
  const answers = Promise.all([told.find(question('eth1', err('HTTP status 404'))), told.find(question('eth2'))]);
  await pass();
  expect(await answers).toEqual([undefined, undefined]);
  expect(pacrunner.configurations.size).toBe(1);
  pacrunner.refusesAfter = Number.POSITIVE_INFINITY;
  const next = told.find(question('eth1'));
  await pass();
  expect(await next).toBe('PROXY /org/pacrunner/configuration1');
});

test.each(['eth0', 'eth1'])('one that hangs has no proxy to name for %s', async (interfaceName) => {
  const { bus, pacrunner, told } = await begin();
  bus.own(pacrunnerName, pacrunner);
  told.follow(snapshot({ Method: str('direct') }));
  await pass();
  bus.hang(pacrunnerName, true);
  const answer = told.find(question(interfaceName));
  await pass(4000);
  expect(await answer).toBeUndefined();
});
