/** What any local client can send through a real bus, and what it may cost the program that gets it: nothing. */
import type { Result } from '@connman/base';
import { silentLogger } from '@connman/base';
import type { BusStream, BusStreamPort } from '@connman/ports';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import { Bus, type BusError, bool, defineInterface, nodeBusStream, replyLater, type Variant } from '../src';
import { readArguments } from '../src/arguments';
import { Connection, defaultLimits } from '../src/connection';
import { parseArguments } from '../src/interface';
import { type Message, messageFlag, messageType, type OutgoingMessage } from '../src/message';
import { type Type, typesOf } from '../src/signature';
import { variant } from '../src/variant';

const victimInterface = defineInterface({
  name: 'org.example.Victim',
  methods: {
    Echo: { in: 's text', out: 's text' },
    SetProperty: { in: 's name, v value', out: '' },
    Take: { in: 'h file', out: '' },
    TakeTwo: { in: 'h a, h b', out: '' },
    Bytes: { in: 'ay bytes', out: 'u length' },
    Wait: { in: '', out: '' },
  },
  signals: {},
});

/** A client that sends whatever it likes. */
class RawClient {
  readonly connection: Connection;
  uniqueName = '';
  stream: BusStream | undefined;

  constructor() {
    this.connection = new Connection({ onCall() {}, onSignal() {}, onLost() {} }, silentLogger, defaultLimits);
  }

  async open(address: string): Promise<void> {
    const port: BusStreamPort = {
      open: async (socket, events) => {
        this.stream = await nodeBusStream.open(socket, events);
        return this.stream;
      },
    };
    await this.connection.open(port, address.replace('unix:path=', '').replace(/,.*/, ''));
    const hello = await this.ask({
      destination: 'org.freedesktop.DBus',
      interface: 'org.freedesktop.DBus',
      member: 'Hello',
    });
    this.uniqueName = hello.text;
  }

  message(more: Partial<OutgoingMessage>): OutgoingMessage {
    const { signature = '' } = more;
    const path = '/victim';
    return {
      type: messageType.call,
      path,
      interface: victimInterface.name,
      types: typesOf(signature),
      body: [],
      ...more,
      signature,
    };
  }

  /** The answer's error name, or its text if it begins with one. */
  ask(more: Partial<OutgoingMessage>): Promise<{ error: string; text: string }> {
    return new Promise((resolve) => {
      this.connection.call(this.message({ destination: victim.uniqueName, ...more }), 20_000, (reply) =>
        resolve(answerOf(reply, this.connection)),
      );
    });
  }

  tell(more: Partial<OutgoingMessage>): number {
    return this.connection.send(
      this.message({ destination: victim.uniqueName, flags: messageFlag.noReplyExpected, ...more }),
    );
  }
}

function answerOf(reply: Result<Message, BusError>, connection: Connection): { error: string; text: string } {
  if (!reply.ok) return { error: reply.error.errorName, text: reply.error.message };
  const { errorName, signature } = reply.value;
  const args = signature === 's' ? readArguments(parseArguments('s'), reply.value, connection) : undefined;
  return { error: errorName, text: args?.ok ? String(args.value[0]) : '' };
}

const invalidArgs = 'org.freedesktop.DBus.Error.InvalidArgs';
// Floods, on a machine that may be busy.
jest.setTimeout(60_000);

let daemon: PrivateBus;
let victim: Bus;
let friend: Bus;
let raw: RawClient;
let got: Variant[];

beforeAll(async () => {
  daemon = await startPrivateBus();
});
afterAll(() => daemon.stop());

beforeEach(async () => {
  got = [];
  victim = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
  friend = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
  victim.export('/victim', victimInterface, {
    Echo: ([text]) => text,
    SetProperty: ([, value]) => {
      got.push(value);
    },
    Take: () => {},
    TakeTwo: () => {},
    Bytes: ([bytes]) => bytes.length,
    Wait: () => replyLater,
  });
  raw = new RawClient();
  await raw.open(daemon.address);
});

afterEach(async () => {
  // Whatever happened: the victim still answers.
  const remote = friend.object(victimInterface, { name: victim.uniqueName, path: '/victim' });
  expect(await remote.call('Echo', ['well'])).toBe('well');
  for (const bus of [victim, friend, raw.connection]) bus.close();
});

const numbers = (count: number): readonly Type[] => typesOf('u'.repeat(count));

test('a descriptor that is announced and does not come harms no one', async () => {
  expect(await raw.ask({ member: 'Take', signature: 'h', types: numbers(1), body: [0] })).toMatchObject({
    error: invalidArgs,
  });
  expect(await raw.ask({ member: 'TakeTwo', signature: 'hh', types: numbers(2), body: [0, 0] })).toMatchObject({
    error: invalidArgs,
  });
  // A variant laid out by hand: signature, then the index of a descriptor that is not there.
  const variantOfH = { member: 'SetProperty', signature: 'sv', types: typesOf('sgu'), body: ['a', 'h', 0] };
  expect(await raw.ask(variantOfH)).toEqual({ error: '', text: '' });
  expect(got[0]?.as('h')).toBe(-1);
});

test('wrong types, members and interfaces are refused', async () => {
  const unknownMethod = { error: 'org.freedesktop.DBus.Error.UnknownMethod' };
  expect(await raw.ask({ member: 'Echo', signature: 'u', body: [1] })).toMatchObject(unknownMethod);
  expect(await raw.ask({ member: 'Echo' })).toMatchObject(unknownMethod);
  expect(await raw.ask({ member: 'Echo', signature: 'ss', body: ['a', 'b'] })).toMatchObject(unknownMethod);
  expect(await raw.ask({ member: 'M'.repeat(255) })).toMatchObject(unknownMethod);
  expect(await raw.ask({ member: 'constructor' })).toMatchObject(unknownMethod);
  expect(await raw.ask({ member: 'Echo', interface: 'a.b' })).toMatchObject(unknownMethod);
  expect(await raw.ask({ member: '__proto__', interface: '' })).toMatchObject(unknownMethod);
  expect(await raw.ask({ member: 'Echo', interface: '', signature: 's', body: ['hi'] })).toEqual({
    error: '',
    text: 'hi',
  });
  const deep = `/${'x/'.repeat(20_000)}x`;
  expect(await raw.ask({ member: 'Echo', path: deep })).toMatchObject({
    error: 'org.freedesktop.DBus.Error.UnknownObject',
  });
});

test('a variant with a million values is not read', async () => {
  const many = variant('av', Array(100_000).fill(variant('y', 1)));
  expect(await raw.ask({ member: 'SetProperty', signature: 'sv', body: ['a', many] })).toMatchObject({
    error: invalidArgs,
  });
  expect(got).toEqual([]);
  const few = variant('ab', Array(1000).fill(true));
  expect(await raw.ask({ member: 'SetProperty', signature: 'sv', body: ['a', few] })).toEqual({ error: '', text: '' });
  expect(got).toHaveLength(1);
});

test('30 MB in one call are stepped over', async () => {
  const bytes = new Uint8Array(30 * 1024 * 1024);
  expect(await raw.ask({ member: 'Bytes', signature: 'ay', body: [bytes] })).toEqual({
    error: 'org.freedesktop.DBus.Error.LimitsExceeded',
    text: expect.stringContaining('too large: 314'),
  });
  const fitting = new Uint8Array(500_000);
  expect(await raw.ask({ member: 'Bytes', signature: 'ay', body: [fitting] })).toEqual({ error: '', text: '' });
});

test('forged answers and forged news about names are not believed', async () => {
  let gone = false;
  victim.watchName(friend.uniqueName, () => {
    gone = true;
  });
  friend.export('/victim', victimInterface, {
    Echo: () => replyLater,
    SetProperty: () => {},
    Take: () => {},
    TakeTwo: () => {},
    Bytes: () => 0,
    Wait: () => replyLater,
  });
  await victim.sync();
  let answered = false;
  const asked = victim
    .object(victimInterface, { name: friend.uniqueName, path: '/victim' })
    .call('Echo', ['?'], { timeoutMs: 300 });
  const outcome = asked.then(
    () => {
      answered = true;
    },
    (error: BusError) => error.errorName,
  );
  for (let serial = 1; serial < 200; serial++) {
    raw.tell({
      type: messageType.reply,
      path: '',
      interface: '',
      replySerial: serial,
      signature: 's',
      body: ['forged'],
    });
    raw.tell({
      type: messageType.error,
      path: '',
      interface: '',
      errorName: 'a.b',
      replySerial: serial,
      signature: 'u',
      body: [1],
    });
  }
  raw.tell({
    type: messageType.signal,
    path: '/org/freedesktop/DBus',
    interface: 'org.freedesktop.DBus',
    member: 'NameOwnerChanged',
    signature: 'sss',
    body: [friend.uniqueName, friend.uniqueName, ''],
  });
  await raw.ask({ member: 'Echo', signature: 's', body: ['done'] });
  expect(await outcome).toBe('org.freedesktop.DBus.Error.NoReply');
  expect([answered, gone]).toEqual([false, false]);
});

test('a flood leaves the program its turns and the others their answers', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const remote = friend.object(victimInterface, { name: victim.uniqueName, path: '/victim' });
  for (let i = 0; i < 20_000; i++)
    raw.tell({ member: 'SetProperty', signature: 'sv', body: ['x'.repeat(100), bool(true)] });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => remote.call('Echo', [`${i}`])));
  await raw.ask({ member: 'Echo', signature: 's', body: ['done'] });
  clearInterval(timer);
  expect(answers).toHaveLength(20);
  // Those that came when its share was full were refused.
  expect(got.length).toBeGreaterThan(1000);
  expect(ticks).toBeGreaterThan(5);
});

test('a client that asks and never reads costs the others nothing', async () => {
  const stuck = new RawClient();
  await stuck.open(daemon.address);
  const text = 'x'.repeat(10_000);
  stuck.stream?.pause();
  for (let i = 0; i < 1000; i++) stuck.tell({ flags: 0, member: 'Echo', signature: 's', body: [text] });
  const remote = friend.object(victimInterface, { name: victim.uniqueName, path: '/victim' });
  for (let i = 0; i < 50; i++) expect(await remote.call('Echo', ['quick'])).toBe('quick');
  stuck.connection.close();
});

test('a client that vanishes in the middle of its call harms no one', async () => {
  const calls = Array.from({ length: 20 }, async () => {
    const guest = new RawClient();
    await guest.open(daemon.address);
    guest.tell({ flags: 0, member: 'Wait' });
    guest.tell({ flags: 0, member: 'Echo', signature: 's', body: ['too late'] });
    guest.connection.close();
  });
  await Promise.all(calls);
  await victim.sync();
});
