/** The standard properties interface on a real dbus-daemon, for an interface in ConnMan's style. */
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import {
  Bus,
  BusError,
  bool,
  defineInterface,
  introspectableInterface,
  nodeBusStream,
  objectManagerInterface,
  parseIntrospection,
  propertiesInterface,
  str,
  type Variant,
} from '../src';

const lamp = defineInterface({
  name: 'org.example.Lamp',
  methods: { SetProperty: { in: 's name, v value', out: '' } },
  signals: { PropertyChanged: 's name, v value' },
});
const shade = defineInterface({
  name: 'org.example.Shade',
  methods: {},
  signals: { PropertyChanged: 's name, v value' },
});

let daemon: PrivateBus;
let server: Bus;
let client: Bus;
let state: Map<string, Variant>;

beforeAll(async () => {
  daemon = await startPrivateBus();
});
afterAll(() => daemon.stop());
beforeEach(async () => {
  server = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
  client = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
  state = new Map([
    ['On', bool(false)],
    ['Name', str('hall')],
  ]);
});
afterEach(() => {
  server.close();
  client.close();
});

function exportLamp() {
  const exported = server.export(
    '/lamp',
    lamp,
    {
      SetProperty([name, value]) {
        if (!state.has(name)) throw new BusError('org.example.Error.Invalid', 'Invalid property');
        state.set(name, value);
        exported.emit('PropertyChanged', [name, value]);
      },
    },
    { properties: () => state },
  );
  return exported;
}

const remote = () => client.object(propertiesInterface, { name: server.uniqueName, path: '/lamp' });

test('Get, GetAll and Set reach the same properties as the interface of its own', async () => {
  exportLamp();
  expect((await remote().call('Get', [lamp.name, 'Name'])).value).toBe('hall');
  await remote().call('Set', [lamp.name, 'On', bool(true)]);
  const all = await remote().call('GetAll', [lamp.name]);
  expect([...all].map(([name, value]) => [name, value.value])).toEqual([
    ['On', true],
    ['Name', 'hall'],
  ]);
});

test('errors say which interface or property is missing', async () => {
  exportLamp();
  await expect(remote().call('Get', [lamp.name, 'Colour'])).rejects.toMatchObject({
    errorName: 'org.freedesktop.DBus.Error.UnknownProperty',
    message: 'org.example.Lamp on /lamp has no property Colour',
  });
  await expect(remote().call('GetAll', ['org.example.Nothing'])).rejects.toMatchObject({
    errorName: 'org.freedesktop.DBus.Error.UnknownInterface',
  });
  await expect(remote().call('Set', [lamp.name, 'Colour', str('red')])).rejects.toMatchObject({
    errorName: 'org.example.Error.Invalid',
  });
});

test('an interface without SetProperty is read-only', async () => {
  server.export('/lamp', shade, {}, { properties: () => state });
  await expect(remote().call('Set', [shade.name, 'On', bool(true)])).rejects.toMatchObject({
    errorName: 'org.freedesktop.DBus.Error.PropertyReadOnly',
  });
});

test('the changes of one turn are one PropertiesChanged, with what is gone listed as invalidated', async () => {
  const exported = exportLamp();
  const seen = new Promise((resolve) => remote().on('PropertiesChanged', resolve));
  await client.sync();
  state.set('On', bool(true));
  exported.emit('PropertyChanged', ['On', bool(true)]);
  state.delete('Name');
  exported.emit('PropertyChanged', ['Name', str('')]);
  expect(await seen).toEqual([lamp.name, new Map([['On', bool(true)]]), ['Name']]);
});

test('an object that is gone before the end of the turn signals no change', async () => {
  const exported = exportLamp();
  const seen: unknown[] = [];
  remote().on('PropertiesChanged', (args) => seen.push(args));
  await client.sync();
  exported.emit('PropertyChanged', ['On', bool(true)]);
  exported.unexport();
  await server.sync();
  await client.sync();
  expect(seen).toEqual([]);
});

test('the object manager shows the properties', async () => {
  server.manageObjects('/');
  exportLamp();
  const manager = client.object(objectManagerInterface, { name: server.uniqueName, path: '/' });
  const all = await manager.call('GetManagedObjects', []);
  expect(all.get('/lamp')?.get(lamp.name)).toEqual(state);
});

test('introspection lists the standard interface on objects with properties only', async () => {
  exportLamp();
  server.export('/bare', shade, {});
  const interfacesAt = async (path: string) => {
    const object = client.object(introspectableInterface, { name: server.uniqueName, path });
    return parseIntrospection(await object.call('Introspect', [])).interfaces.map(({ name }) => name);
  };
  expect(await interfacesAt('/lamp')).toContain(propertiesInterface.name);
  expect(await interfacesAt('/bare')).not.toContain(propertiesInterface.name);
});
