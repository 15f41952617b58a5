/** Sessions on a real dbus-daemon: what their owners may ask, and what they hear (ConnMan rules 189 to 194). */
import { silentLogger } from '@connman/base';
import { notificationInterface, sessionInterface } from '@connman/contracts';
import { Bus, bool, defineInterface, dict, nodeBusStream, replyLater, str, strings, type Variant } from '@connman/dbus';
import { MemoryFiles, type PrivateBus, startPrivateBus } from '@connman/testkit';
import type { Intent } from '../../events';
import { servicePath } from '../../model/service/service';
import { emptySnapshot, type Snapshot } from '../publish/snapshot';
import { Sessions } from './sessions';

const managerStub = defineInterface({
  name: 'test.Manager',
  methods: {
    Create: { in: 'a{sv} settings, o notifier', out: 'o session' },
    Destroy: { in: 'o session', out: '' },
  },
  signals: {},
});

let daemon: PrivateBus;
let bus: Bus;
let client: Bus;
let stranger: Bus;
let sessions: Sessions;
let snapshot: Snapshot;
let intents: Intent[];
let updates: Record<string, unknown>[];
let files: MemoryFiles;
let policiesChanged: () => void;
let released: number;
let heard: () => void;

const connect = () => Bus.connect({ stream: nodeBusStream, address: daemon.address });
const manager = (of: Bus) => of.object(managerStub, { name: bus.uniqueName, path: '/' });
const session = (path: string, of = client) => of.object(sessionInterface, { name: bus.uniqueName, path });
const create = (settings: Record<string, Variant> = {}) => manager(client).call('Create', [settings, '/note']);
const nextUpdate = () =>
  new Promise<void>((resolve) => {
    heard = resolve;
  });

function show(...services: [type: string, state: string, link: string][]): void {
  const properties = ([type, state, link]: [string, string, string]) =>
    new Map([
      ['Type', str(type)],
      ['State', str(state)],
      ['Name', str(`by ${link}`)],
      ['Ethernet', dict({ Interface: str(link) })],
      ['IPv4', dict({ Address: str('10.0.0.5') })],
    ]);
  snapshot = { ...emptySnapshot, services: new Map(services.map((one, i) => [servicePath(`s${i}`), properties(one)])) };
  sessions.follow();
}

beforeAll(async () => {
  daemon = await startPrivateBus();
});
afterAll(() => daemon.stop());
beforeEach(async () => {
  [bus, client, stranger] = [await connect(), await connect(), await connect()];
  [snapshot, intents, updates, released, heard] = [emptySnapshot, [], [], 0, () => {}];
  // The user who runs this is known as `me`, of the groups `mine` and `staff`.
  files = new MemoryFiles()
    .putFile('/etc/passwd', `me:x:${process.getuid?.()}:100::/:/bin/sh\n`)
    .putFile('/etc/group', 'mine:x:100:\nstaff:x:50:you,me\n')
    .putFolder('/policies');
  sessions = new Sessions({
    policies: {
      files,
      watches: {
        watch: (_, onChange) => {
          policiesChanged = onChange;
          return () => {};
        },
      },
      folder: '/policies',
      log: silentLogger,
    },
    bus,
    snapshot: () => snapshot,
    ask: (call, intent) => {
      intents.push(intent);
      call.reply();
      return replyLater;
    },
    tell: (intent) => intents.push(intent),
  });
  bus.export('/', managerStub, {
    Create: ([settings, notifier], call) => sessions.create(call.sender, settings, notifier),
    Destroy: ([path], call) => sessions.destroy(call.sender, path),
  });
  client.export('/note', notificationInterface, {
    Release() {
      released++;
      heard();
    },
    Update([changed]) {
      updates.push(Object.fromEntries([...changed].map(([name, { value }]) => [name, value])));
      heard();
    },
  });
});
afterEach(() => {
  for (const one of [bus, client, stranger]) one.close();
});

test('the first Update has every key, later ones those that changed', async () => {
  show(['ethernet', 'ready', 'eth0']);
  const first = nextUpdate();
  const path = await create();
  expect(path).toBe(`/sessions/${client.uniqueName.replace(/[:.]/g, '_')}/note`);
  await first;
  expect(updates[0]).toMatchObject({
    ...{ State: 'connected', Name: 'by eth0', Interface: 'eth0', Bearer: 'ethernet', ConnectionType: 'any' },
    ...{ AllowedInterface: '*', ContextIdentifier: '', SourceIPRule: false },
    AllowedBearers: ['ethernet', 'wifi', 'bluetooth', 'cellular', 'gadget'],
  });
  const second = nextUpdate();
  show(['ethernet', 'online', 'eth0']);
  await second;
  expect(updates[1]).toEqual({ State: 'online' });
});

test.each([
  ['wifi before ethernet', { AllowedBearers: strings(['wifi', 'ethernet']) }, 'wlan0', 'connected'],
  ['online alone', { ConnectionType: str('internet') }, 'eth1', 'online'],
  ['one link', { AllowedInterface: str('eth0') }, 'eth0', 'connected'],
  ['an empty list of bearers', { AllowedBearers: strings([]) }, '', 'disconnected'],
  ['an empty name among them', { AllowedBearers: strings(['', 'wifi']) }, 'wlan0', 'connected'],
  ['every bearer by its sign', { AllowedBearers: strings(['*']) }, 'eth0', 'connected'],
  ['a link that is not connected', { AllowedInterface: str('eth9') }, '', 'disconnected'],
])('the service that carries it is the first that fits: %s', async (_, settings, link, state) => {
  show(
    ['ethernet', 'ready', 'eth0'],
    ['ethernet', 'online', 'eth1'],
    ['wifi', 'ready', 'wlan0'],
    ['wifi', 'idle', 'w1'],
  );
  const first = nextUpdate();
  await create(settings);
  await first;
  expect(updates[0]).toMatchObject({ Interface: link, State: state });
});

test.each([
  ['a bearer that does not exist', { AllowedBearers: strings(['pigeon']) }],
  ['a setting that does not exist', { Colour: str('red') }],
  ['another type', { SourceIPRule: str('yes') }],
  ['a connection type that does not exist', { ConnectionType: str('fast') }],
  ['a list without bound', { AllowedBearers: strings(Array.from({ length: 60_000 }, () => 'wifi')) }],
])('%s is InvalidArguments', async (_, settings: Record<string, Variant>) => {
  await expect(create(settings)).rejects.toMatchObject({ errorName: 'net.connman.Error.InvalidArguments' });
});

test('the same notifier twice is AlreadyExists, and the seventeenth session of a client is refused', async () => {
  await create();
  await expect(create()).rejects.toMatchObject({ errorName: 'net.connman.Error.AlreadyExists' });
  for (let n = 2; n <= 16; n++) await manager(client).call('Create', [{}, `/note${n}`]);
  await expect(manager(client).call('Create', [{}, '/more'])).rejects.toThrow('a client may have 16 sessions');
});

test('only its owner may use or destroy a session; ConnMan lets anybody', async () => {
  const path = await create();
  const denied = { errorName: 'net.connman.Error.PermissionDenied' };
  const foreign = session(path, stranger);
  await expect(foreign.call('Connect', [])).rejects.toMatchObject(denied);
  await expect(foreign.call('Disconnect', [])).rejects.toMatchObject(denied);
  await expect(foreign.call('Destroy', [])).rejects.toMatchObject(denied);
  await expect(foreign.call('Change', ['SourceIPRule', bool(true)])).rejects.toMatchObject(denied);
  await expect(manager(stranger).call('Destroy', [path])).rejects.toMatchObject(denied);
  await expect(manager(stranger).call('Destroy', ['/nosuch'])).rejects.toMatchObject({
    errorName: 'net.connman.Error.InvalidArguments',
  });
  expect(intents).toEqual([]);
});

test('Change tells the owner; the identifier stays', async () => {
  show(['ethernet', 'ready', 'eth0']);
  const first = nextUpdate();
  const path = await create({ ContextIdentifier: str('mine') });
  await first;
  await session(path).call('Change', ['ConnectionType', str('internet')]);
  expect(updates[1]).toEqual({
    ...{ State: 'disconnected', Name: '', IPv4: new Map(), IPv6: new Map(), Interface: '', Bearer: '' },
    ConnectionType: 'internet',
  });
  await expect(session(path).call('Change', ['ContextIdentifier', str('other')])).rejects.toThrow('Invalid arguments');
});

test('Connect wants its bearers connected; Disconnect and leaving let go of those that no other session wants', async () => {
  const path = await create({ AllowedBearers: strings(['wifi', 'ethernet']) });
  const other = await manager(client).call('Create', [{ AllowedBearers: strings(['wifi']) }, '/other']);
  await session(path).call('Connect', []);
  await session(other).call('Connect', []);
  await session(path).call('Disconnect', []);
  expect(intents).toEqual([
    { kind: 'session-connect', bearers: ['wifi', 'ethernet'], allowedInterface: '*' },
    { kind: 'session-connect', bearers: ['wifi'], allowedInterface: '*' },
    { kind: 'session-disconnect', bearers: ['ethernet'] },
  ]);
  const gone = new Promise<void>((resolve) => {
    stranger.watchName(client.uniqueName, resolve);
  });
  client.close();
  await gone;
  await bus.sync();
  expect(intents.slice(3)).toEqual([{ kind: 'session-disconnect', bearers: ['wifi'] }]);
});

test('a session that its owner disconnected is carried by nothing until Connect', async () => {
  show(['ethernet', 'online', 'eth0']);
  const path = await create();
  await session(path).call('Disconnect', []);
  expect(updates.at(-1)).toMatchObject({ State: 'disconnected', Bearer: '' });
  await session(path).call('Connect', []);
  expect(updates.at(-1)).toMatchObject({ State: 'online', Bearer: 'ethernet' });
});

test('when the daemon ends every owner hears Release, and not when it destroys the session itself', async () => {
  const path = await create();
  await session(path).call('Destroy', []);
  expect(released).toBe(0);
  await session(await create()).call('Connect', []);
  intents = [];
  const end = nextUpdate();
  sessions.close();
  await end;
  await client.sync();
  expect(released).toBe(1);
  // Links stay as they are.
  expect(intents).toEqual([]);
});

/** Puts a policy file in place, as an administrator does while the daemon runs. */
function putPolicies(text: string): void {
  files.putFile('/policies/a.policy', text);
  policiesChanged();
}

test('a policy leaves a session the bearers it allows, in the order the session has them (rule 192)', async () => {
  show(['ethernet', 'online', 'eth0'], ['wifi', 'online', 'wlan0'], ['cellular', 'online', 'wwan0']);
  putPolicies('[policy_me]\nuid=me\nAllowedBearers=cellular wifi\n');
  const first = nextUpdate();
  await create({ AllowedBearers: strings(['ethernet', 'wifi', 'cellular']) });
  await first;
  expect(updates[0]).toMatchObject({ AllowedBearers: ['wifi', 'cellular'], Interface: 'wlan0' });
});

test('the connection type of a policy replaces the session’s own', async () => {
  show(['ethernet', 'ready', 'eth0']);
  putPolicies('[policy_me]\ngid=staff\nConnectionType=internet\n');
  const first = nextUpdate();
  await create({ ConnectionType: str('local') });
  await first;
  expect(updates[0]).toMatchObject({ ConnectionType: 'internet', State: 'disconnected' });
});

test.each([
  ['a user before a group', '[a]\ngid=mine\nAllowedBearers=wifi\n[b]\nuid=me\nAllowedBearers=ethernet\n', ['ethernet']],
  ['the primary group', '[a]\ngid=mine\nAllowedBearers=wifi\n', ['wifi']],
  ['no one else', '[a]\nuid=you\nAllowedBearers=wifi\n', ['ethernet', 'wifi', 'bluetooth', 'cellular', 'gadget']],
  [
    'no numbers',
    `[a]\nuid=${process.getuid?.()}\nAllowedBearers=wifi\n`,
    ['ethernet', 'wifi', 'bluetooth', 'cellular', 'gadget'],
  ],
])('a policy is for %s (rule 194)', async (_, text, bearers) => {
  putPolicies(text);
  const first = nextUpdate();
  await create();
  await first;
  expect(updates[0]).toMatchObject({ AllowedBearers: bearers });
});

test('a policy that changes or goes counts for the sessions there are (rule 194)', async () => {
  show(['ethernet', 'online', 'eth0'], ['wifi', 'online', 'wlan0']);
  const first = nextUpdate();
  await create();
  await first;
  const second = nextUpdate();
  putPolicies('[a]\nuid=me\nAllowedBearers=wifi\n');
  await second;
  expect(updates[1]).toMatchObject({ AllowedBearers: ['wifi'], Interface: 'wlan0' });
  const third = nextUpdate();
  files.remove('/policies/a.policy');
  policiesChanged();
  await third;
  expect(updates[2]).toMatchObject({ Interface: 'eth0' });
});

test('during an emergency call no other session connects or disconnects anything (rule 193)', async () => {
  show(['ethernet', 'online', 'eth0']);
  const other = await manager(client).call('Create', [{}, '/other']);
  await session(other).call('Connect', []);
  putPolicies('[a]\nuid=me\nEmergencyCall=true\n');
  const path = await create();
  await session(path).call('Connect', []);
  expect(intents.map(({ kind }) => kind).filter((kind) => kind !== 'route-users')).toEqual([
    'session-connect',
    'session-disconnect',
    'session-connect',
  ]);
  const busy = { errorName: 'net.connman.Error.Failed', message: 'Device or resource busy' };
  await expect(session(other).call('Connect', [])).rejects.toMatchObject(busy);
  await expect(session(other).call('Disconnect', [])).rejects.toMatchObject(busy);
  await session(path).call('Disconnect', []);
  await session(other).call('Connect', []);
});

test('a user whose policy counts sends by what carries the session, until that ends (rule 191)', async () => {
  putPolicies('[a]\nuid=me\n');
  show(['ethernet', 'online', 'eth0'], ['wifi', 'online', 'wlan0']);
  const path = await create({ AllowedInterface: str('wlan0') });
  await session(path).call('Change', ['AllowedInterface', str('eth0')]);
  await session(path).call('Destroy', []);
  const uid = process.getuid?.();
  expect(intents).toEqual([
    { kind: 'route-users', users: [{ uid, service: 's1' }] },
    { kind: 'route-users', users: [{ uid, service: 's0' }] },
    { kind: 'route-users', users: [] },
  ]);
});
