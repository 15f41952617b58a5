/** Two programs of ours on a real dbus-daemon. */
import { type Logger, silentLogger } from '@connman/base';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import {
  Bus,
  BusError,
  bool,
  defineInterface,
  dict,
  introspectableInterface,
  type MethodCall,
  nodeBusStream,
  objectManagerInterface,
  type Properties,
  parseIntrospection,
  replyLater,
  selectMembers,
  str,
  Variant,
} from '../src';

const lamp = defineInterface({
  name: 'org.example.Lamp',
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties' },
    SetProperty: { in: 's name, v value', out: '' },
    Warm: { in: '', out: 's done' },
    Rename: { in: 's first, s second', out: 's first, s second' },
    Break: { in: 's how', out: 's nothing' },
    Count: { in: '', out: 'u calls', noReply: true },
    Old: { in: '', out: '', deprecated: true },
  },
  signals: { PropertyChanged: 's name, v value' },
});

let daemon: PrivateBus;
let server: Bus;
let client: Bus;
let logged: string[];
let on: boolean;
let warming: MethodCall<'s done'>[];
let counted: MethodCall[];

const recordingLog: Logger = { ...silentLogger, error: (line) => logged.push(line) };

beforeAll(async () => {
  daemon = await startPrivateBus();
});
afterAll(() => daemon.stop());
beforeEach(async () => {
  logged = [];
  on = false;
  warming = [];
  counted = [];
  server = await Bus.connect({ stream: nodeBusStream, address: daemon.address, log: recordingLog });
  client = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
});
afterEach(() => {
  server.close();
  client.close();
});

function exportLamp(path = '/lamp') {
  const exported = server.export(path, lamp, {
    GetProperties: (): Properties => ({ On: bool(on), Shape: dict({ Name: str('bulb') }) }),
    SetProperty([name, value]) {
      const next = value.as('b');
      if (name !== 'On' || next === undefined) throw new BusError('org.example.Error.Invalid', 'Invalid property');
      on = next;
      exported.emit('PropertyChanged', ['On', bool(on)]);
    },
    Warm(_args, call) {
      warming.push(call);
      return replyLater;
    },
    Rename: ([first, second]) => [second, first],
    async Break([how]) {
      if (how === 'bus error') throw new BusError('org.example.Error.Broken', 'Broken');
      if (how === 'defect') throw new TypeError('x is not a function');
      return how === 'zero' ? 'a\0b' : how;
    },
    Count(_args, call) {
      counted.push(call as MethodCall);
      return counted.length;
    },
    Old() {},
  });
  return exported;
}

function remoteLamp(path = '/lamp') {
  return client.object(lamp, { name: server.uniqueName, path });
}

test('calls, errors and signals travel between two programs', async () => {
  exportLamp();
  expect(await server.requestName('org.example.Lamps')).toBe(true);
  const remote = client.object(lamp, { name: 'org.example.Lamps', path: '/lamp' });
  const seen = new Promise((resolve) =>
    remote.on('PropertyChanged', ([name, value]) => resolve([name, value.as('b')])),
  );
  await remote.call('SetProperty', ['On', bool(true)]);
  expect(await seen).toEqual(['On', true]);
  const properties = await remote.call('GetProperties', []);
  expect(properties.get('On')?.as('b')).toBe(true);
  expect(properties.get('Shape')?.as('a{sv}')?.get('Name')?.value).toBe('bulb');
  expect(await remote.call('Rename', ['a', 'b'])).toEqual(['b', 'a']);
  await expect(remote.call('SetProperty', ['Off', bool(true)])).rejects.toMatchObject({
    errorName: 'org.example.Error.Invalid',
    message: 'Invalid property',
  });
});

test('each call of another program is made known before it is handled', async () => {
  exportLamp();
  const seen: boolean[] = [];
  server.onCall(() => seen.push(on));
  const remote = client.object(lamp, { name: server.uniqueName, path: '/lamp' });
  await remote.call('SetProperty', ['On', bool(true)]);
  await remote.call('GetProperties', []);
  expect(seen).toEqual([false, true]);
});

test('an answer may come later, once', async () => {
  exportLamp();
  const remote = remoteLamp();
  const warm = remote.call('Warm', []);
  expect(await remote.call('Rename', ['x', 'y'])).toEqual(['y', 'x']);
  const [call] = warming;
  expect(call?.sender).toBe(client.uniqueName);
  expect(call?.reply('warm')).toBe(true);
  expect(call?.error('org.example.Error.Late', 'late')).toBe(false);
  expect(await warm).toBe('warm');
});

test('an answer from a real socket is acted on before the signal that follows it', async () => {
  const exported = exportLamp();
  const events: string[] = [];
  const remote = remoteLamp();
  remote.on('PropertyChanged', ([name]) => events.push(`signal ${name}`));
  const warm = async (): Promise<string> => remote.call('Warm', []);
  const warmed = warm().then((done) => events.push(done));
  await remote.call('Rename', ['x', 'y']);
  // Both leave in one write.
  warming[0]?.reply('warm');
  exported.emit('PropertyChanged', ['On', bool(true)]);
  await warmed;
  await client.sync();
  expect(events).toEqual(['warm', 'signal On']);
});

test('a handler that fails is answered for, logged when it is a defect, and harms no one', async () => {
  exportLamp();
  const remote = remoteLamp();
  await expect(remote.call('Break', ['bus error'])).rejects.toMatchObject({ errorName: 'org.example.Error.Broken' });
  expect(logged).toEqual([]);
  const failed = { errorName: 'org.freedesktop.DBus.Error.Failed' };
  await expect(remote.call('Break', ['defect'])).rejects.toMatchObject({ ...failed, message: 'x is not a function' });
  await expect(remote.call('Break', ['zero'])).rejects.toMatchObject(failed);
  expect(logged).toEqual([expect.stringContaining('TypeError'), expect.stringContaining('zero byte')]);
  expect(await remote.call('Break', ['fine'])).toBe('fine');
});

test('who wants no answer gets none', async () => {
  exportLamp();
  const remote = remoteLamp();
  await remote.call('Count', []);
  remote.send('Rename', ['a', 'b']);
  remote.send('Warm', []);
  await remote.call('Rename', ['a', 'b']);
  expect(counted.map((call) => [call.noReply, call.member])).toEqual([[true, 'Count']]);
  expect(warming.map((call) => call.reply('nobody hears it'))).toEqual([true]);
});

const unknown = defineInterface({
  name: 'org.example.Lamp',
  methods: {
    Nope: { in: 's a', out: '' },
    Rename: { in: 's a', out: '' },
  },
  signals: {},
});

test('what is not there is refused in the reference implementation’s words', async () => {
  exportLamp('/house/lamp');
  const at = (path: string) => client.object(unknown, { name: server.uniqueName, path });
  const text = (member: string) =>
    `Method "${member}" with signature "s" on interface "org.example.Lamp" doesn't exist\n`;
  const method = 'org.freedesktop.DBus.Error.UnknownMethod';
  const object = 'org.freedesktop.DBus.Error.UnknownObject';
  const cases = [
    ['/house/lamp', 'Nope', method],
    ['/house/lamp', 'Rename', method],
    ['/house', 'Nope', method],
    ['/', 'Nope', method],
    ['/house/lam', 'Nope', object],
    ['/house/lamp/x', 'Nope', object],
  ] as const;
  for (const [path, member, errorName] of cases)
    await expect(at(path).call(member, ['x'])).rejects.toMatchObject({ errorName, message: text(member) });
});

test('an object comes and goes with its interfaces', async () => {
  const exported = exportLamp();
  expect(() => exportLamp()).toThrow('is on /lamp already');
  const waiting = remoteLamp().call('Warm', []);
  await remoteLamp().call('Rename', ['a', 'b']);
  exported.unexport();
  exported.unexport();
  exported.emit('PropertyChanged', ['On', bool(true)]);
  await expect(remoteLamp().call('GetProperties', [])).rejects.toMatchObject({
    errorName: 'org.freedesktop.DBus.Error.UnknownObject',
  });
  warming[0]?.reply('still answered');
  expect(await waiting).toBe('still answered');
  exportLamp();
  expect((await remoteLamp().call('GetProperties', [])).size).toBe(2);
});

test('introspection tells interfaces, arguments, annotations and the nodes below', async () => {
  exportLamp('/house/lamp');
  exportLamp('/house/hall/lamp');
  const introspect = async (path: string) => {
    const remote = client.object(introspectableInterface, { name: server.uniqueName, path });
    return parseIntrospection(await remote.call('Introspect', []));
  };
  expect(await introspect('/house/lamp')).toEqual({ interfaces: [introspectableInterface, lamp], children: [] });
  expect(await introspect('/house')).toEqual({ interfaces: [], children: ['hall', 'lamp'] });
  expect(await introspect('/')).toEqual({ interfaces: [], children: ['house'] });
  expect(await introspect('/nowhere')).toEqual({ interfaces: [], children: [] });
});

test('the object manager tells what there is, and what came and went, turn by turn', async () => {
  server.manageObjects('/');
  const exported = exportLamp('/one');
  await server.sync();
  const manager = client.object(objectManagerInterface, { name: server.uniqueName, path: '/' });
  const told: unknown[] = [];
  manager.on('InterfacesAdded', ([path, interfaces]) => told.push(['added', path, [...interfaces]]));
  manager.on('InterfacesRemoved', ([path, interfaces]) => told.push(['removed', path, interfaces]));
  remoteLamp('/one').on('PropertyChanged', ([name]) => told.push(['changed', name]));
  const all = await manager.call('GetManagedObjects', []);
  const none = new Map();
  const names = ['org.freedesktop.DBus.Introspectable', 'org.example.Lamp'];
  expect(all).toEqual(new Map([['/one', new Map(names.map((name) => [name, none]))]]));

  exported.unexport();
  const again = exportLamp('/one');
  again.emit('PropertyChanged', ['On', bool(true)]);
  exportLamp('/two').unexport();
  await manager.call('GetManagedObjects', []);
  const added = names.map((name) => [name, none]);
  const removed = [...names].reverse();
  expect(told).toEqual([
    ['removed', '/one', removed],
    ['added', '/one', added],
    ['changed', 'On'],
    ['added', '/two', added],
    ['removed', '/two', removed],
  ]);
});

test('a name has one owner, and going away gives it back', async () => {
  const owners: (string | undefined)[] = [];
  const second = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
  client.watchOwner('org.example.Name', (owner) => owners.push(owner));
  await client.sync();
  expect(await server.requestName('org.example.Name')).toBe(true);
  expect(await server.requestName('org.example.Name')).toBe(true);
  expect(await second.requestName('org.example.Name')).toBe(false);
  await client.sync();
  await server.releaseName('org.example.Name');
  expect(await second.requestName('org.example.Name')).toBe(true);
  await client.sync();
  const late = new Promise((resolve) => client.watchOwner('org.example.Name', resolve));
  expect(await late).toBe(second.uniqueName);
  expect(owners).toEqual([undefined, server.uniqueName, undefined, second.uniqueName]);
  second.close();
});

test('a client that is gone is told once, also when it was gone before', async () => {
  const guest = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
  const { uniqueName } = guest;
  let gone = 0;
  const first = new Promise<void>((resolve) =>
    server.watchName(uniqueName, () => {
      gone++;
      resolve();
    }),
  );
  const unwatch = server.watchName(uniqueName, () => gone++);
  unwatch();
  await server.sync();
  expect(gone).toBe(0);
  guest.close();
  await first;
  await new Promise<void>((resolve) => server.watchName(uniqueName, resolve));
  expect(gone).toBe(1);
});

test('signals are believed from the owner of the name only, also after it has changed', async () => {
  const emitter = async (value: boolean) => {
    const bus = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
    const exported = bus.export('/lamp', selectMembers(lamp, { methods: [], signals: ['PropertyChanged'] }), {});
    return { bus, emit: () => exported.emit('PropertyChanged', ['On', bool(value)]) };
  };
  const [first, second] = [await emitter(true), await emitter(false)];
  const seen: string[] = [];
  const remote = client.object(lamp, { name: 'org.example.Lamps', path: '/lamp' });
  remote.on('PropertyChanged', (_args, { sender }) => seen.push(sender));
  // Has the bus deliver everybody's.
  const all: string[] = [];
  client.subscribe({ interface: lamp.name, member: 'PropertyChanged' }, 's name, v value', (_args, { sender }) =>
    all.push(sender),
  );
  await client.sync();
  const both = async () => {
    first.emit();
    second.emit();
    await first.bus.sync();
    await second.bus.sync();
    await client.sync();
  };
  await both();
  await first.bus.requestName('org.example.Lamps');
  await both();
  await first.bus.releaseName('org.example.Lamps');
  await second.bus.requestName('org.example.Lamps');
  await both();
  expect(seen).toEqual([first.bus.uniqueName, second.bus.uniqueName]);
  expect(all).toHaveLength(6);
  first.bus.close();
  second.bus.close();
});

test('the same signal is asked of the bus once, and no more when no one listens', async () => {
  const exported = exportLamp();
  const remote = remoteLamp();
  let heard = 0;
  const ends = [1, 2, 3].map(() => remote.on('PropertyChanged', () => heard++));
  const emit = async () => {
    exported.emit('PropertyChanged', ['On', bool(true)]);
    await remote.call('GetProperties', []);
  };
  await client.sync();
  await emit();
  expect(heard).toBe(3);
  ends[0]?.();
  ends[0]?.();
  await client.sync();
  await emit();
  expect(heard).toBe(5);
  ends[1]?.();
  ends[2]?.();
  await client.sync();
  await emit();
  expect(heard).toBe(5);
});

test('a listener that fails does not keep the others from hearing', async () => {
  const exported = exportLamp();
  const listening = await Bus.connect({ stream: nodeBusStream, address: daemon.address, log: recordingLog });
  const remote = listening.object(lamp, { name: server.uniqueName, path: '/lamp' });
  remote.on('PropertyChanged', () => {
    throw new TypeError('listener');
  });
  const heard = new Promise((resolve) => remote.on('PropertyChanged', resolve));
  await listening.sync();
  exported.emit('PropertyChanged', ['On', bool(true)]);
  await heard;
  expect(logged).toEqual([expect.stringContaining('TypeError: listener')]);
  listening.close();
});

test('a call is given up after its time, or when its caller says so', async () => {
  exportLamp();
  const remote = remoteLamp();
  await expect(remote.call('Warm', [], { timeoutMs: 5 })).rejects.toMatchObject({
    errorName: 'org.freedesktop.DBus.Error.NoReply',
  });
  const abort = new AbortController();
  const call = remote.call('Warm', [], { signal: abort.signal });
  abort.abort(new Error('no longer wanted'));
  await expect(call).rejects.toThrow('no longer wanted');
  await expect(remote.call('Warm', [], { signal: abort.signal })).rejects.toThrow('no longer wanted');
  // Late answers find no one.
  for (const late of warming) late.reply('late');
  expect(await remote.call('Rename', ['a', 'b'])).toEqual(['b', 'a']);
});

test('an answer of another type than the table says is an error', async () => {
  exportLamp();
  const other = defineInterface({
    name: lamp.name,
    methods: { GetProperties: { in: '', out: 's text' } },
    signals: {},
  });
  const remote = client.object(other, { name: server.uniqueName, path: '/lamp' });
  await expect(remote.call('GetProperties', [])).rejects.toThrow('the signature "a{sv}" instead of "s"');
});

test('a call to no one is refused by the bus, and one to a program that ends is answered', async () => {
  exportLamp();
  await expect(client.object(lamp, { name: 'org.example.Nobody', path: '/' }).call('Old', [])).rejects.toMatchObject({
    errorName: 'org.freedesktop.DBus.Error.ServiceUnknown',
  });
  const remote = remoteLamp();
  const waiting = remote.call('Warm', []);
  await remote.call('Old', []);
  server.close();
  await expect(waiting).rejects.toMatchObject({ errorName: 'org.freedesktop.DBus.Error.NoReply' });
});

test('when the bus dies every pending call settles and the program is told', async () => {
  const doomed = await startPrivateBus();
  const bus = await Bus.connect({ stream: nodeBusStream, address: doomed.address });
  const other = await Bus.connect({ stream: nodeBusStream, address: doomed.address });
  other.export('/lamp', selectMembers(lamp, { methods: ['Warm'] }), { Warm: () => replyLater });
  const calls = [1, 2, 3].map(() => bus.object(lamp, { name: other.uniqueName, path: '/lamp' }).call('Warm', []));
  const settled = Promise.allSettled(calls);
  const lost = new Promise<string>((resolve) => bus.onLost(resolve));
  await bus.sync();
  await doomed.stop();
  expect(await lost).toContain('closed the connection');
  for (const one of await settled)
    expect(one).toMatchObject({ status: 'rejected', reason: { errorName: 'org.freedesktop.DBus.Error.Disconnected' } });
  await expect(bus.sync()).rejects.toBeInstanceOf(BusError);
});

test('the sockets of an address list are tried in order, and the last one’s fault is told', async () => {
  const address = `unix:path=${daemon.folder}/none;${daemon.address}`;
  const bus = await Bus.connect({ stream: nodeBusStream, address });
  expect(bus.uniqueName).toMatch(/^:1\./);
  expect(await bus.userOf(server.uniqueName)).toBe(process.getuid?.());
  bus.close();
  const nowhere = Bus.connect({ stream: nodeBusStream, address: `unix:path=${daemon.folder}/none` });
  await expect(nowhere).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(Bus.connect({ stream: nodeBusStream, address: 'tcp:host=a' })).rejects.toThrow('no unix socket');
});

test('a malformed value is this program’s mistake and is thrown at it', async () => {
  await expect(remoteLamp().call('SetProperty', ['On', new Variant('b', 1)])).rejects.toThrow('does not fit');
  await client.sync();
});
