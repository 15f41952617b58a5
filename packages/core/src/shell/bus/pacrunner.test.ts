import { silentLogger } from '@connman/base';
import { dict, str, strings, type Variant } from '@connman/dbus';
import { ManualClock, ScriptedBus, type ScriptedCall } from '@connman/testkit';
import { emptySnapshot } from '../publish/snapshot';
import { Pacrunner, pacrunnerName } from './pacrunner';

/** The calls it got, and what it holds. */
class ScriptedPacrunner {
  readonly calls: string[] = [];
  readonly configurations = new Map<string, Record<string, Variant>>();
  private count = 0;

  call({ member, args, answer }: ScriptedCall): void {
    if (member === 'FindProxyForURL') return answer(`PROXY ${args.join(' ')}`);
    if (member === 'DestroyProxyConfiguration') {
      this.calls.push(`destroy ${args[0]}`);
      this.configurations.delete(args[0] as string);
      return answer();
    }
    const path = `/org/pacrunner/configuration${this.count++}`;
    this.calls.push(`create ${path}`);
    this.configurations.set(path, args[0] as Record<string, Variant>);
    answer(path);
  }

  /** Of the only one. */
  get values(): unknown {
    const [only, ...others] = this.configurations.values();
    if (others.length > 0) return 'several';
    return only && Object.fromEntries(Object.entries(only).map(([key, { value }]) => [key, value]));
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

const common = { Interface: 'eth0', Domains: ['lab.example'], Nameservers: ['192.0.2.53'] };

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
  expect(lines).toEqual(['pacrunner was not told of the proxy: no room']);
});

test('it is asked which proxy a URL goes by, of the link whose configuration it has (rule 135)', async () => {
  const { bus, pacrunner, told } = await begin();
  const url = new URL('http://check.test/page');
  told.follow(snapshot({ Method: str('auto'), URL: str('http://wpad/wpad.dat') }));
  expect(await told.find(url, 'eth0')).toBeUndefined();
  bus.own(pacrunnerName, pacrunner);
  await pass();
  const answers = Promise.all([told.find(url, 'eth0'), told.find(url, 'eth1')]);
  await pass();
  expect(await answers).toEqual(['PROXY http://check.test/page check.test', undefined]);
});

test('one that hangs has no proxy to name', async () => {
  const { bus, pacrunner, told } = await begin();
  bus.own(pacrunnerName, pacrunner);
  told.follow(snapshot({ Method: str('direct') }));
  await pass();
  bus.hang(pacrunnerName, true);
  const answer = told.find(new URL('http://check.test/page'), 'eth0');
  await pass(4000);
  expect(await answer).toBeUndefined();
});
