/** Other people's D-Bus programs as clients of ours, and as servers: dbus-next, busctl, gdbus, dbus-send. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import dbusNext from 'dbus-next';
import {
  Bus,
  bytes,
  defineInterface,
  dict,
  double,
  int16,
  int64,
  nodeBusStream,
  objectPath,
  str,
  strings,
  uint64,
  type Variant,
  variant,
} from '../src';

const zoo = defineInterface({
  name: 'org.example.Zoo',
  methods: {
    All: { in: '', out: 'a{sv} values' },
    Same: {
      in: 'y a, b b, n c, q d, i e, u f, x g, t h, d i, s j, o k, g l, ay m, as n',
      out: 'y a, b b, n c, q d, i e, u f, x g, t h, d i, s j, o k, g l, ay m, as n',
    },
    Nested: { in: 'a(oa{sv}) services', out: 'a(oa{sv}) services' },
    Add: { in: 'i a, i b', out: 'i sum' },
    Old: { in: '', out: '', deprecated: true },
  },
  signals: { Born: 's name, v value' },
});

/** The library's own types have the arguments otherwise. */
const newError = dbusNext.Message.newError as unknown as (
  call: dbusNext.Message,
  name: string,
  text: string,
) => dbusNext.Message;

const values = {
  Int16: int16(-7),
  Int64: int64(-(2n ** 62n)),
  UInt64: uint64(2n ** 64n - 1n),
  Double: double(0.5),
  Path: objectPath('/a/b'),
  Names: strings(['a', 'ö']),
  Bytes: bytes(Uint8Array.of(0, 255)),
  Struct: variant('(sb)', ['x', true]),
  Map: variant('a{us}', new Map([[7, 'seven']])),
  Inner: dict({ Method: str('dhcp') }),
};

let daemon: PrivateBus;
let bus: Bus;
let emit: () => void;

beforeAll(async () => {
  daemon = await startPrivateBus();
  bus = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
  const exported = bus.export('/zoo', zoo, {
    All: () => values,
    Same: (args) => args,
    Nested: ([services]) => services,
    Add: ([a, b]) => a + b,
    Old() {},
  });
  emit = () => exported.emit('Born', ['ape', str('loud')]);
  bus.manageObjects('/');
  await bus.requestName('org.example.Zoo');
});

afterAll(async () => {
  bus.close();
  await daemon.stop();
});

describe('dbus-next', () => {
  let other: dbusNext.MessageBus;
  beforeAll(() => {
    other = dbusNext.sessionBus({ busAddress: daemon.address } as Parameters<typeof dbusNext.sessionBus>[0]);
  });
  afterAll(() => other.disconnect());

  async function ask(member: string, signature: string, body: unknown[]): Promise<dbusNext.Message> {
    const message = new dbusNext.Message({
      destination: 'org.example.Zoo',
      path: '/zoo',
      interface: 'org.example.Zoo',
      member,
      signature,
      body,
    });
    return (await other.call(message)) as dbusNext.Message;
  }

  test('calls ours with every type and gets the same back', async () => {
    const body = [
      7,
      true,
      -2,
      65535,
      -5,
      5,
      -(2n ** 62n),
      2n ** 64n - 1n,
      1.5,
      'ö',
      '/a',
      'as',
      Buffer.from([1, 2]),
      ['x'],
    ];
    const reply = await ask('Same', 'ybnqiuxtdsogayas', body);
    expect(reply.signature).toBe('ybnqiuxtdsogayas');
    expect(reply.body).toEqual(body);
  });

  test('reads our dictionaries of variants', async () => {
    const [all] = (await ask('All', '', [])).body as [Record<string, dbusNext.Variant>];
    expect(Object.keys(all)).toEqual(Object.keys(values));
    expect(all.Names).toEqual(new dbusNext.Variant('as', ['a', 'ö']));
    expect(all.Struct).toEqual(new dbusNext.Variant('(sb)', ['x', true]));
    expect(all.Inner?.value).toEqual({ Method: new dbusNext.Variant('s', 'dhcp') });
  });

  test('finds our methods and signals by introspection', async () => {
    const object = await other.getProxyObject('org.example.Zoo', '/zoo');
    const proxy = object.getInterface('org.example.Zoo') as dbusNext.ClientInterface & {
      Add(a: number, b: number): Promise<number>;
    };
    expect(await proxy.Add(2, 3)).toBe(5);
    const born = new Promise((resolve) => proxy.once('Born', (...args: unknown[]) => resolve(args)));
    // Its match rule is in place once the bus has answered something asked later.
    await other.requestName('org.example.Later', 0);
    emit();
    expect(await born).toEqual(['ape', new dbusNext.Variant('s', 'loud')]);
    await expect(object.getInterface('org.freedesktop.DBus.Introspectable')).toBeDefined();
  });

  test('serves us, and its errors reach us', async () => {
    other.addMethodHandler((call: dbusNext.Message) => {
      if (call.interface !== 'org.example.Zoo') return false;
      const add = call.member === 'Add';
      const answer = add
        ? dbusNext.Message.newMethodReturn(call, 'i', [call.body[0] + call.body[1]])
        : newError(call, 'org.example.Error.Closed', 'The zoo is closed');
      other.send(answer);
      return true;
    });
    await other.requestName('org.example.Zoo2', 0);
    const remote = bus.object(zoo, { name: 'org.example.Zoo2', path: '/zoo' });
    expect(await remote.call('Add', [20, 22])).toBe(42);
    await expect(remote.call('Old', [])).rejects.toMatchObject({
      errorName: 'org.example.Error.Closed',
      message: 'The zoo is closed',
    });
    const born = new Promise<[string, Variant]>((resolve) => remote.on('Born', resolve));
    await bus.sync();
    other.send(
      dbusNext.Message.newSignal('/zoo', 'org.example.Zoo', 'Born', 'sv', ['cub', new dbusNext.Variant('u', 3)]),
    );
    const [name, value] = await born;
    expect([name, value.as('u')]).toEqual(['cub', 3]);
  });
});

const execute = promisify(execFile);
const unpacked = path.join(__dirname, '../../../tmp/peers/usr');

/** Where a tool is: installed, or unpacked by tools/setup. */
function fileOf(tool: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), path.join(unpacked, 'bin')];
  return folders.map((folder) => path.join(folder, tool)).find((file) => existsSync(file));
}

/** What is unpacked has its libraries there, too. */
function environmentOf(file: string): NodeJS.ProcessEnv {
  if (!file.startsWith(unpacked)) return process.env;
  const libraries = readdirSync(path.join(unpacked, 'lib')).map((name) => path.join(unpacked, 'lib', name));
  const folders = libraries.flatMap((folder) => [folder, path.join(folder, 'systemd')]);
  return { ...process.env, LD_LIBRARY_PATH: folders.join(':') };
}

/** Runs a tool; gives what it printed. */
type Tool = (...args: string[]) => Promise<string>;

/** A test of a tool of other people; skipped where it is not, and the name says why. */
function testWith(tool: string, name: string, body: (run: Tool) => Promise<void>): void {
  const file = fileOf(tool);
  if (!file) return test.skip(`${name} (there is no ${tool} here: tools/setup test)`, () => {});
  const env = environmentOf(file);
  test(name, () => body(async (...args) => (await execute(file, args, { env })).stdout));
}

describe('on the command line', () => {
  testWith('busctl', 'busctl calls, introspects and lists the tree', async (run) => {
    const busctl: Tool = (...args) => run(`--address=${daemon.address}`, ...args);
    expect(await busctl('call', 'org.example.Zoo', '/zoo', 'org.example.Zoo', 'Add', 'ii', '40', '2')).toBe('i 42\n');
    const all = await busctl('call', 'org.example.Zoo', '/zoo', 'org.example.Zoo', 'All');
    expect(all).toContain('"UInt64" t 18446744073709551615 "Double" d 0.5');
    const table = await busctl('introspect', 'org.example.Zoo', '/zoo');
    expect(table).toMatch(/\.Add +method +ii +i/);
    expect(table).toMatch(/\.Old +method +- +- +deprecated/);
    expect(table).toMatch(/\.Born +signal +sv/);
    expect(await busctl('tree', '--list', 'org.example.Zoo')).toContain('/zoo\n');
    const refused = busctl('call', 'org.example.Zoo', '/zoo', 'org.example.Zoo', 'Add', 's', 'x');
    await expect(refused).rejects.toThrow(
      'Method "Add" with signature "s" on interface "org.example.Zoo" doesn\'t exist',
    );
  });

  testWith('dbus-send', 'dbus-send calls, with and without the interface', async (run) => {
    const send: Tool = (...args) =>
      run(`--bus=${daemon.address}`, '--dest=org.example.Zoo', '--print-reply=literal', ...args);
    expect((await send('/zoo', 'org.example.Zoo.Add', 'int32:1', 'int32:2')).trim()).toBe('int32 3');
    const machineId = send('/zoo', 'org.freedesktop.DBus.Peer.GetMachineId');
    if (existsSync('/etc/machine-id')) expect(await machineId).toMatch(/[0-9a-f]{32}/);
    else await expect(machineId).rejects.toThrow('This machine has no /etc/machine-id');
    expect(await send('/', 'org.freedesktop.DBus.ObjectManager.GetManagedObjects')).toContain('org.example.Zoo');
  });

  testWith('gdbus', 'gdbus calls and introspects', async (run) => {
    const gdbus = (verb: string, ...args: string[]) =>
      run(verb, `--address=${daemon.address}`, '--dest=org.example.Zoo', '--object-path=/zoo', ...args);
    expect(await gdbus('call', '--method=org.example.Zoo.Add', '1', '2')).toBe('(3,)\n');
    const services = "[('/a', {'x': <'y'>})]";
    expect(await gdbus('call', '--method=org.example.Zoo.Nested', services)).toBe(
      "([(objectpath '/a', {'x': <'y'>})],)\n",
    );
    expect(await gdbus('introspect')).toContain('Add(in  i a,');
  });
});
