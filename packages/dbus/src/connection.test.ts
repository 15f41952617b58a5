import { silentLogger } from '@connman/base';
import { FakeStream } from '../test/fake-stream';
import { readArguments } from './arguments';
import { BusError } from './bus-error';
import { Connection, type ConnectionLimits, defaultLimits } from './connection';
import { parseArguments } from './interface';
import { type Message, messageType, type OutgoingMessage } from './message';
import { typesOf } from './signature';

const agree = 'DATA\r\nOK 1234\r\nAGREE_UNIX_FD\r\n';
const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let stream: FakeStream;
let connection: Connection;
let events: string[];
let calls: Message[];
let onSignal: (message: Message) => void;

/** A turn has no end unless the limits say so: on a busy machine it would come at any place. */
async function open(limits: Partial<ConnectionLimits> = {}): Promise<void> {
  stream = new FakeStream();
  events = [];
  calls = [];
  onSignal = () => {};
  connection = new Connection(
    {
      onCall: (message) => {
        calls.push(message);
        events.push(`call ${message.member}`);
      },
      onSignal: (message) => {
        events.push(`signal ${message.member}`);
        onSignal(message);
      },
      onLost: (reason) => events.push(`lost ${reason}`),
    },
    silentLogger,
    { ...defaultLimits, turnMs: Number.POSITIVE_INFINITY, ...limits },
  );
  await connection.open(stream, '/bus');
  stream.say(Buffer.from(agree));
  stream.writes.length = 0;
}

function call(member: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    type: messageType.call,
    path: '/',
    interface: 'a.b',
    member,
    destination: 'a.b',
    signature: '',
    types: [],
    body: [],
    ...more,
  };
}

function signal(member: string): OutgoingMessage {
  return call(member, { type: messageType.signal, destination: '' });
}

function reply(replySerial: number, text: string): OutgoingMessage {
  return { type: messageType.reply, replySerial, signature: 's', types: typesOf('s'), body: [text] };
}

const oneText = parseArguments('s text');

function ask(more: Partial<OutgoingMessage> = {}, timeoutMs = 1000): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.call(call('Ask', more), timeoutMs, (answer) => {
      if (!answer.ok) return reject(answer.error);
      const args = readArguments(oneText, answer.value, connection);
      resolve(args.ok ? (args.value[0] as string) : args.error.reason);
    });
  });
}

afterEach(() => connection.close());

test('what is sent in one turn leaves in one write, in order', async () => {
  await open();
  for (const member of ['A', 'B', 'C']) connection.send(signal(member));
  expect(stream.writes).toEqual([]);
  await nextTick();
  expect(stream.writes).toHaveLength(1);
  expect(stream.sent().map((message) => message.member)).toEqual(['A', 'B', 'C']);
});

test('descriptors leave with the first byte of their own message', async () => {
  await open();
  connection.send(signal('A'));
  connection.send(call('B', { signature: 'hh', types: typesOf('hh'), body: [5, 6] }));
  connection.send(signal('C'));
  await nextTick();
  expect(stream.writes.map((write) => write.fds)).toEqual([[], [5, 6], []]);
  expect(stream.sent().map((message) => [message.member, message.unixFds])).toEqual([
    ['A', 0],
    ['B', 2],
    ['C', 0],
  ]);
});

test('descriptors are refused, and closed, where they cannot travel', async () => {
  await open();
  const plain = new FakeStream();
  plain.passesFds = false;
  const other = new Connection({ onCall() {}, onSignal() {}, onLost() {} }, silentLogger);
  await other.open(plain, '/bus');
  plain.say(Buffer.from('DATA\r\nOK 1234\r\n'));
  const message = call('B', { signature: 'sh', types: typesOf('sh'), body: ['a', 6] });
  expect(() => other.send(message)).toThrow('at most 0 file descriptors');
  expect(plain.closedFds).toEqual([6]);
  other.close();
  expect(other.send(message)).toBe(0);
  expect(plain.closedFds).toEqual([6, 6]);
});

test('a message that is not valid is refused, and leaves nothing behind', async () => {
  await open();
  connection.send(signal('A'));
  const wrong = [
    call('B', { signature: 's', types: typesOf('s'), body: [1] }),
    call('B', { path: 'no path' }),
    call('B', { destination: 'no name' }),
    call('B', { signature: 'h'.repeat(17), types: typesOf('h'.repeat(17)), body: Array(17).fill(3) }),
  ];
  for (const message of wrong) expect(() => connection.send(message)).toThrow();
  connection.send(signal('C'));
  await nextTick();
  expect(stream.sent().map((message) => message.member)).toEqual(['A', 'C']);
});

test('answers find their calls in any order, and unasked ones no one', async () => {
  await open();
  const first = ask();
  const second = ask();
  await nextTick();
  const [a, b] = stream.sent().map((message) => message.serial) as [number, number];
  stream.sayMessages([reply(b, 'second'), reply(99, 'unasked'), reply(a, 'first'), reply(a, 'again')]);
  expect(await Promise.all([first, second])).toEqual(['first', 'second']);
});

test('an answer in another client’s place is not believed', async () => {
  await open();
  const answer = ask({ destination: ':1.5' });
  await nextTick();
  const [asked] = stream.sent() as [Message];
  // A stream without a bus behind it: no one has put a sender in.
  stream.sayMessages([reply(asked.serial, 'forged')]);
  stream.end();
  await expect(answer).rejects.toMatchObject({ errorName: 'org.freedesktop.DBus.Error.Disconnected' });
});

test('a call is given up after its time', async () => {
  await open();
  await expect(ask({}, 1)).rejects.toMatchObject({ errorName: 'org.freedesktop.DBus.Error.NoReply' });
});

test('when the bus goes away every call is answered, once, and then it is told', async () => {
  await open();
  const answers = [ask(), ask()].map((answer) => answer.catch((error: BusError) => events.push(error.errorName)));
  stream.end();
  await Promise.all(answers);
  expect(events).toEqual([
    'lost the bus has closed the connection',
    'org.freedesktop.DBus.Error.Disconnected',
    'org.freedesktop.DBus.Error.Disconnected',
  ]);
  await expect(ask()).rejects.toBeInstanceOf(BusError);
  expect(connection.send(signal('A'))).toBe(0);
  stream.end();
  expect(events.filter((event) => event.startsWith('lost'))).toHaveLength(1);
});

test('what awaits an answer goes on before the signal that came after it', async () => {
  await open();
  const asking = ask().then(async (text) => {
    await null;
    await null;
    events.push(`answer ${text}`);
  });
  await nextTick();
  const [asked] = stream.sent() as [Message];
  stream.sayMessages([signal('Before'), reply(asked.serial, 'yes'), signal('After'), signal('Later')]);
  await asking;
  await nextTick();
  expect(events).toEqual(['signal Before', 'answer yes', 'signal After', 'signal Later']);
});

test('a flood is handled in turns, with the stream paused in between', async () => {
  await open({ turnMs: 0 });
  let turns = 0;
  const other = setInterval(() => turns++, 0);
  stream.sayMessages(Array.from({ length: 200 }, (_, i) => signal(`S${i}`)));
  expect(events.length).toBeLessThan(200);
  expect(stream.paused).toBe(true);
  while (events.length < 200) await nextTurn();
  clearInterval(other);
  expect(events).toEqual(Array.from({ length: 200 }, (_, i) => `signal S${i}`));
  await nextTurn();
  expect(stream.paused).toBe(false);
});

test('while the bus does not take our bytes nothing is read, and too many end the connection', async () => {
  await open({ queuedBytes: 100, abandonBytes: 1000 });
  stream.queuedBytes = 500;
  connection.send(signal('Out'));
  await nextTick();
  stream.sayMessages([signal('In')]);
  stream.sayMessages([signal('In2')]);
  expect(events).toEqual([]);
  stream.drain();
  expect(events).toEqual(['signal In', 'signal In2']);
  stream.queuedBytes = 2000;
  connection.send(signal('Out'));
  await nextTick();
  expect(events.at(-1)).toBe('lost the bus has left 2000 bytes unread');
  expect(stream.closed).toBe(true);
});

test('what a message makes us send may fill the stream: the message after it waits', async () => {
  await open({ queuedBytes: 100 });
  onSignal = () => {
    stream.queuedBytes = 500;
    connection.send(call('Large', { signature: 's', types: typesOf('s'), body: ['x'.repeat(300_000)] }));
  };
  stream.sayMessages([signal('A'), signal('B')]);
  expect(events).toEqual(['signal A']);
  expect(stream.paused).toBe(true);
  onSignal = () => {};
  stream.drain();
  expect(events).toEqual(['signal A', 'signal B']);
  expect(stream.paused).toBe(false);
});

test('a call that is too large is answered with an error and not kept', async () => {
  await open({ unsolicitedBytes: 1000 });
  const large = call('Large', { signature: 's', types: typesOf('s'), body: ['x'.repeat(5000)] });
  stream.sayMessages([large, call('Small')]);
  await nextTick();
  expect(events).toEqual(['call Small']);
  expect(stream.sent()).toMatchObject([
    { type: messageType.error, errorName: 'org.freedesktop.DBus.Error.LimitsExceeded' },
  ]);
});

test('an answer that is too large settles its call', async () => {
  await open({ replyBytes: 1000 });
  const answer = ask();
  await nextTick();
  const [asked] = stream.sent() as [Message];
  stream.sayMessages([reply(asked.serial, 'x'.repeat(5000))]);
  await expect(answer).rejects.toMatchObject({ errorName: 'org.freedesktop.DBus.Error.LimitsExceeded' });
});

test('bytes that are no message end the connection', async () => {
  await open();
  stream.say(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
  expect(events).toEqual([expect.stringContaining('lost the bus sends what is no message')]);
});

test('a refused handshake ends the connection', async () => {
  await open();
  const refused = new FakeStream();
  const lost: string[] = [];
  const other = new Connection({ onCall() {}, onSignal() {}, onLost: (reason) => lost.push(reason) }, silentLogger);
  await other.open(refused, '/bus');
  refused.say(Buffer.from('REJECTED EXTERNAL\r\n'));
  expect(lost).toEqual([expect.stringContaining('does not accept this user')]);
});

test('a message of an unknown type is ignored', async () => {
  await open();
  stream.sayMessages([signal('A'), { ...signal('B'), type: 9 }, signal('C')]);
  expect(events).toEqual(['signal A', 'signal C']);
});

test('a signal’s descriptors and those of an answer that comes too late are closed', async () => {
  await open();
  const asked = connection.send(call('Ask'));
  stream.sayMessages([{ ...reply(asked, ''), signature: 'h', types: typesOf('h'), body: [0] }], [7]);
  expect(stream.closedFds).toEqual([7]);
});
