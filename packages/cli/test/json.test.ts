/** Answers with --json: every command that reads has them, in the shapes of the published schema. */
import { bool, str } from '@connman/dbus';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import { commands } from '../src/grammar';
import { answerSchemas } from '../src/json-schema';
import { Connmanctl } from './connmanctl';
import { FakeConnman } from './fake-connman';
import { home, scene, wired } from './scene';

jest.setTimeout(30_000);

const program = new Connmanctl();
let bus: PrivateBus;
let connman: FakeConnman;

beforeAll(async () => {
  bus = await startPrivateBus();
  connman = await FakeConnman.start(bus.address, scene);
});
afterAll(async () => {
  connman.stop();
  await bus.stop();
  program.remove();
});

async function answerOf(line: string): Promise<unknown> {
  const { out, error, status } = await program.run([...line.split(' '), '--json'], bus.address);
  expect([error, status]).toEqual(['', 0]);
  return JSON.parse(out);
}

test.each<[keyof typeof answerSchemas, string]>([
  ['state', 'state'],
  ['clock', 'clock'],
  ['technologies', 'technologies'],
  ['services', 'services'],
  ['services SERVICE', `services ${wired}`],
  ['peers', 'peers'],
  ['peers PEER', 'peers peer_a'],
  ['tethering_clients', 'tethering_clients'],
  ['tethering_clients --traffic', 'tethering_clients --traffic'],
  ['vpnconnections', 'vpnconnections'],
  ['vpnconnections CONNECTION', 'vpnconnections host'],
  ['plan', 'plan'],
  ['metrics', 'metrics'],
  ['why', `why ${wired}`],
])('%s fits its schema', async (schema, line) => {
  expect(answerSchemas[schema].safeParse(await answerOf(line)).error).toBeUndefined();
});

test('a command that reads has a schema, and no other has', () => {
  const described = new Set(Object.keys(answerSchemas).map((name) => name.split(' ')[0]));
  expect(commands.filter(({ json }) => json).map(({ name }) => name)).toEqual(
    commands.map(({ name }) => name).filter((name) => described.has(name)),
  );
});

test('a service carries its properties as JSON values', async () => {
  expect(await answerOf(`services ${wired}`)).toEqual({
    id: wired,
    path: `/net/connman/service/${wired}`,
    properties: {
      Type: 'ethernet',
      State: 'online',
      Favorite: true,
      AutoConnect: true,
      Name: 'Wired',
      Ethernet: { Method: 'auto', Interface: 'eth0', MTU: 1500 },
      Nameservers: ['192.0.2.1', '192.0.2.2'],
      IPv6: {},
    },
  });
});

test('metrics are samples with their labels, and no comments', async () => {
  expect(await answerOf('metrics')).toEqual([
    { name: 'connman_connects_total', labels: { technology: 'wi"fi' }, value: 2 },
    { name: 'connman_route_switches_total', labels: {}, value: 1 },
  ]);
});

test('the monitor prints one object for each signal', async () => {
  const monitor = program.start(['monitor', '--json'], bus.address);
  const seen = monitor.until('}\n');
  const ticking = setInterval(() => connman.propertyChanged(`service/${home}`, 'State', str('ready')), 20);
  const change = JSON.parse(await seen);
  clearInterval(ticking);
  expect(change).toEqual({
    interface: 'net.connman.Service',
    signal: 'PropertyChanged',
    path: `/net/connman/service/${home}`,
    name: 'State',
    value: 'ready',
  });
  connman.manager.emit('ServicesChanged', [
    [[`/net/connman/service/${home}`, { Favorite: bool(true) }]],
    ['/net/connman/service/gone'],
  ]);
  const list = await monitor.until('gone"]}\n');
  const lines = list.trimEnd().split('\n');
  for (const line of lines) expect(answerSchemas.monitor.safeParse(JSON.parse(line)).error).toBeUndefined();
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    signal: 'ServicesChanged',
    removed: ['/net/connman/service/gone'],
  });
  monitor.interrupt();
  await monitor.finished;
});
