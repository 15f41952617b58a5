/** Our two ends against each other, over a real dbus-daemon. */
import {
  Bus,
  BusError,
  bool,
  defineInterface,
  dict,
  type MethodCall,
  nodeBusStream,
  type Properties,
  replyLater,
  str,
} from '../src';
import { type PrivateBus, startPrivateBus } from './private-bus';

const lamp = defineInterface({
  name: 'org.example.Lamp',
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties' },
    SetProperty: { in: 's name, v value', out: '' },
    Warm: { in: '', out: 's done' },
    Rename: { in: 's first, s second', out: 's first, s second' },
    Forget: { in: '', out: '', noReply: true },
    Old: { in: '', out: '', deprecated: true },
  },
  signals: { PropertyChanged: 's name, v value' },
});

let daemon: PrivateBus;
let server: Bus;
let client: Bus;

beforeAll(async () => {
  daemon = await startPrivateBus();
});
afterAll(() => daemon.stop());
beforeEach(async () => {
  server = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
  client = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
});
afterEach(() => {
  server.close();
  client.close();
});

function lampHandlers() {
  const state: { on: boolean; warming: MethodCall<'s done'>[] } = { on: false, warming: [] };
  const exported = server.export('/lamp', lamp, {
    GetProperties: (): Properties => ({ On: bool(state.on), Shape: dict({ Name: str('bulb') }) }),
    SetProperty([name, value]) {
      const on = value.as('b');
      if (name !== 'On' || on === undefined) throw new BusError('org.example.Error.Invalid', 'Invalid property');
      state.on = on;
      exported.emit('PropertyChanged', ['On', bool(on)]);
    },
    Warm(_args, call) {
      state.warming.push(call);
      return replyLater;
    },
    Rename: ([first, second]) => [second, first],
    Forget() {},
    Old() {},
  });
  return { state, exported };
}

test('calls, errors and signals travel between two programs', async () => {
  lampHandlers();
  expect(await server.requestName('org.example.Lamps')).toBe(true);
  expect(await client.requestName('org.example.Lamps')).toBe(false);
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

test('an answer may come later, once', async () => {
  const { state } = lampHandlers();
  const remote = client.object(lamp, { name: server.uniqueName, path: '/lamp' });
  const warm = remote.call('Warm', []);
  const rename = await remote.call('Rename', ['x', 'y']);
  expect(rename).toEqual(['y', 'x']);
  const [call] = state.warming;
  expect(call?.sender).toBe(client.uniqueName);
  expect(call?.reply('warm')).toBe(true);
  expect(call?.error('org.example.Error.Late', 'late')).toBe(false);
  expect(await warm).toBe('warm');
});

test('an answer from a real socket is acted on before the signal that follows it', async () => {
  const { state, exported } = lampHandlers();
  const events: string[] = [];
  const remote = client.object(lamp, { name: server.uniqueName, path: '/lamp' });
  remote.on('PropertyChanged', ([name]) => events.push(`signal ${name}`));
  const warm = async (): Promise<string> => remote.call('Warm', []);
  const warmed = warm().then((done) => events.push(done));
  await remote.call('Rename', ['x', 'y']);
  // Both leave in one write.
  state.warming[0]?.reply('warm');
  exported.emit('PropertyChanged', ['On', bool(true)]);
  await warmed;
  await client.sync();
  expect(events).toEqual(['warm', 'signal On']);
});
