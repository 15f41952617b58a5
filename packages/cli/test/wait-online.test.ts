/** connmand-wait-online as a unit starts it, beside a daemon that comes and changes. */
import { dict, str } from '@connman/dbus';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import { parseWish } from '../src/wait-online';
import { Connmanctl } from './connmanctl';
import { emptyScene, FakeConnman, type Scene } from './fake-connman';

jest.setTimeout(30_000);

const program = new Connmanctl('wait-online-main.ts');
let bus: PrivateBus;

beforeAll(async () => {
  bus = await startPrivateBus();
});
afterAll(async () => {
  await bus.stop();
  program.remove();
});

function sceneWith(states: Readonly<Record<string, string>>): Scene {
  const isUp = Object.values(states).some((state) => state === 'ready' || state === 'online');
  const services = Object.entries(states).map(([link, state]) => [
    `ethernet_${link}`,
    { State: str(state), Ethernet: dict({ Interface: str(link) }) },
  ]);
  return { ...emptyScene, manager: { State: str(isUp ? 'ready' : 'idle') }, services: Object.fromEntries(services) };
}

const start = (...words: string[]) => program.start(words, bus.address);

test.each([
  ['any interface', { eth0: 'online' }, []],
  ['the wanted one', { eth0: 'ready', eth1: 'idle' }, ['-i', 'wlan0,eth0']],
  ['one beside an ignored one', { eth0: 'ready', eth1: 'ready' }, ['--ignore', 'eth0']],
])('connected on %s it ends with 0', async (_what, states, words) => {
  const connman = await FakeConnman.start(bus.address, sceneWith(states));
  expect(await start(...words).finished).toEqual({ out: '', error: '', status: 0 });
  connman.stop();
});

test.each([
  ['nothing', { eth0: 'configuration' }, []],
  ['another interface', { eth0: 'ready' }, ['-i', 'eth1']],
  ['an ignored interface', { eth0: 'online' }, ['-I', 'lo,eth0']],
])('connected on %s it ends with 110 when its time is over', async (_what, states, words) => {
  const connman = await FakeConnman.start(bus.address, sceneWith(states));
  const { status, error } = await start('--timeout', '1', ...words).finished;
  expect([status, error]).toEqual([
    110,
    expect.stringMatching(/^connmand-wait-online: not online after 1 s: no service /),
  ]);
  connman.stop();
});

test('without a daemon it waits for one, and ends when a service becomes ready', async () => {
  const waiting = start('--timeout', '0');
  const connman = await FakeConnman.start(bus.address, sceneWith({ eth0: 'idle' }));
  await connman.called(/^Manager GetProperties/);
  Object.assign(connman.scene, sceneWith({ eth0: 'ready' }));
  connman.propertyChanged('service/ethernet_eth0', 'State', str('ready'));
  expect((await waiting.finished).status).toBe(0);
  connman.stop();
});

test('a bus that is not there is 92, a wrong option 95', async () => {
  expect(await program.run([], 'unix:path=/nonexistent')).toMatchObject({ status: 92 });
  const wrong = await program.run(['--timeout', 'soon'], bus.address);
  expect(wrong).toEqual({
    out: '',
    error: 'connmand-wait-online: --timeout takes whole seconds, 0 for no end, not "soon"; --help lists the options\n',
    status: 95,
  });
  expect((await program.run(['--nosuch'], bus.address)).status).toBe(95);
});

test('version and help need no bus', async () => {
  expect(await program.run(['-v'], 'unix:path=/nonexistent')).toMatchObject({ out: '1.2.3\n', status: 0 });
  expect((await program.run(['--help'], 'unix:path=/nonexistent')).out).toMatch(/^Usage: connmand-wait-online /);
});

test('lists of interfaces may be given more than once', () => {
  expect(parseWish({ interface: ['a,b', 'c'], ignore: ['d'] })).toEqual({
    interfaces: ['a', 'b', 'c'],
    ignored: ['d'],
    timeout: 120,
  });
});

test('what cannot be written is in the status: no stack, and never "online"', async () => {
  const full = 'Error: the output could not be written: No space left on device\n';
  expect(await program.runInShell('$0 --help >/dev/full', bus.address)).toEqual({ out: '', error: full, status: 1 });
  const unread = `exec bash -c 'exec 2> >(:); wait $!; exec $0 --timeout 1' "$0"`;
  expect((await program.runInShell(unread, bus.address)).status).toBe(110);
});
