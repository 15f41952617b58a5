/** Nothing that a client sends or asks for costs more than n log n of its size. */
import { growthOf } from '@connman/testkit/steps';
import { marshal, str, typesOf, unmarshal } from '../src';
import { CallQueue } from '../src/call-queue';
import { Encoder } from '../src/encode';
import { Framer, type Incoming } from '../src/framer';
import { type Message, writeMessage } from '../src/message';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

const values: Record<string, [signature: string, value: (count: number) => unknown]> = {
  'an array of texts': ['as', (count) => numbers(count).map((i) => `text ${i}`)],
  'an array of equal texts': ['as', (count) => numbers(count).map(() => 'text')],
  'a dictionary': ['a{sv}', (count) => new Map(numbers(count).map((i) => [`key ${i}`, str('value')]))],
  'objects with properties': [
    'a(oa{sv})',
    (count) => numbers(count).map((i) => [`/net/connman/service/s${i}`, new Map([['Name', str('a')]])]),
  ],
  'a long text': ['s', (count) => 'é'.repeat(count)],
};

const options = { littleEndian: true, maxValues: 1e6 };

test.each(Object.entries(values))('%s: written and read', (_name, [signature, value]) => {
  const types = typesOf(signature);
  const growth = growthOf(200, (count) => {
    const given = value(count);
    return () => void unmarshal(types, marshal(types, [given]).bytes, options);
  });
  expect(growth).toBeLessThan(5);
});

const call = { type: 1, path: '/', interface: 'a.b', member: 'C', types: [], signature: '', body: [] } as const;
const received = (sender: string): Message => {
  const encoder = new Encoder();
  writeMessage(encoder, 1, call, 0);
  const framer = new Framer({ unsolicitedBytes: 1 << 20, replyBytes: 1 << 20 }, () => {});
  framer.push(encoder.take(), []);
  const incoming = framer.next();
  if (incoming?.kind !== 'message') throw new Error('no message');
  return { ...incoming.message, sender };
};

test('messages that come in one piece, and byte by byte', () => {
  const bytesOf = (count: number) => {
    const encoder = new Encoder();
    for (const serial of numbers(count)) writeMessage(encoder, serial + 1, call, 0);
    return Buffer.from(encoder.take());
  };
  const read = (pieces: readonly Buffer[]) => {
    const framer = new Framer({ unsolicitedBytes: 1 << 20, replyBytes: 1 << 20 }, () => {});
    let messages = 0;
    for (const piece of pieces) {
      framer.push(piece, []);
      for (let next: Incoming | undefined = framer.next(); next; next = framer.next()) messages++;
      framer.keep();
    }
    return messages;
  };
  expect(read([bytesOf(7)])).toBe(7);
  const whole = (bytes: Buffer) => [bytes];
  const single = (bytes: Buffer) => numbers(bytes.length).map((at) => bytes.subarray(at, at + 1));
  for (const piecesOf of [whole, single]) {
    const growth = growthOf(20, (count) => {
      const pieces = piecesOf(bytesOf(count));
      return () => void read(pieces);
    });
    expect(growth).toBeLessThan(5);
  }
});

test.each<[string, (i: number) => string]>([
  ['one client', () => ':1.1'],
  ['a client each', (i) => `:1.${i}`],
])('calls of %s that wait', (_name, sender) => {
  const limits = { callsPerSender: 1e6, bytesPerSender: 1e9, queuedCallBytes: 1e9 };
  const growth = growthOf(100, (count) => {
    const calls = numbers(count).map((i) => received(sender(i)));
    return () => {
      const queue = new CallQueue(limits);
      for (const one of calls) queue.offer(one);
      while (!queue.isEmpty) queue.take();
    };
  });
  expect(growth).toBeLessThan(5);
});
