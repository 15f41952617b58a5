import fc from 'fast-check';
import { Encoder } from './encode';
import { Framer, type Incoming } from './framer';
import { messageType, type OutgoingMessage, writeMessage } from './message';
import { typesOf } from './signature';

const limits = { unsolicitedBytes: 4096, replyBytes: 8192 };

function signal(text: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  const signature = 's';
  return {
    type: messageType.signal,
    path: '/a',
    interface: 'a.b',
    member: 'C',
    signature,
    types: typesOf(signature),
    body: [text],
    ...more,
  };
}

function encode(...messages: OutgoingMessage[]): Buffer {
  const encoder = new Encoder();
  messages.forEach((message, index) => {
    writeMessage(encoder, index + 1, message, 16);
  });
  return Buffer.from(encoder.take());
}

function drain(framer: Framer): Incoming[] {
  const all: Incoming[] = [];
  for (let one = framer.next(); one; one = framer.next()) {
    // Bodies are valid until the receive buffer is used again.
    if (one.kind === 'message') all.push({ ...one, message: { ...one.message, body: Buffer.from(one.message.body) } });
    else all.push(one);
  }
  framer.keep();
  return all;
}

function feed(framer: Framer, bytes: Uint8Array, cuts: readonly number[]): Incoming[] {
  const all: Incoming[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    // A buffer that is overwritten afterwards, as a receive buffer is.
    const chunk = Buffer.from(bytes.subarray(from, to));
    framer.push(chunk, []);
    all.push(...drain(framer));
    chunk.fill(0xff);
    from = to;
  }
  return all;
}

function texts(all: readonly Incoming[]): string[] {
  return all.map((one) =>
    one.kind === 'message' ? Buffer.from(one.message.body).toString('latin1', 4).slice(0, -1) : one.kind,
  );
}

test('messages come out the same however the stream is cut', () => {
  const bytes = encode(signal('one'), signal('two'.repeat(300)), signal(''), signal('four'));
  const whole = ['one', 'two'.repeat(300), '', 'four'];
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const all = texts(
        feed(
          new Framer(limits, () => {}),
          bytes,
          cuts.toSorted((a, b) => a - b),
        ),
      );
      expect(all).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

test('a message above its limit is stepped over, and its header told', () => {
  const reply = { type: messageType.reply, replySerial: 5, path: '', interface: '', member: '' };
  const bytes = encode(
    signal('x'.repeat(5000)),
    signal('next'),
    signal('y'.repeat(5000), reply),
    signal('z'.repeat(9000), reply),
  );
  for (const cuts of [[], [10], [100], [3000, 5000], [6000]]) {
    const all = feed(new Framer(limits, () => {}), bytes, cuts);
    expect(all.map((one) => one.kind)).toEqual(['too-large', 'message', 'message', 'too-large']);
    expect(all[0]).toMatchObject({ header: { member: 'C', serial: 1 } });
    expect(all[3]).toMatchObject({ header: { replySerial: 5 } });
  }
});

test('a header larger than 64 KiB is stepped over', () => {
  const bytes = encode(signal('a', { path: `/${'x'.repeat(100_000)}` }), signal('next'));
  expect(texts(feed(new Framer(limits, () => {}), bytes, [500, 70_000]))).toEqual(['unreadable', 'next']);
});

test('a header that breaks a rule costs that message only', () => {
  const bytes = encode(signal('one'), signal('two'));
  const at = bytes.indexOf('a.b');
  bytes[at + 1] = 0x20;
  expect(texts(feed(new Framer(limits, () => {}), bytes, []))).toEqual(['unreadable', 'two']);
});

test.each([
  [0, 0x78, 'byte order'],
  [3, 2, 'protocol version'],
  [7, 0x7f, 'larger than 128 MiB'],
  [15, 0x7f, 'larger than 128 MiB'],
])('byte %i set to %i ends the stream: %s', (at, value, reason) => {
  const bytes = encode(signal('one'));
  bytes[at] = value;
  const [broken] = feed(new Framer(limits, () => {}), bytes, []);
  expect(broken?.kind === 'broken' && broken.error.reason).toContain(reason);
});

test('descriptors go to the messages that declare them, in order, and the rest is closed', () => {
  const closed: number[] = [];
  const framer = new Framer(limits, (fd) => closed.push(fd));
  const withFds = (count: number): OutgoingMessage =>
    signal('', { signature: 'h'.repeat(count), types: typesOf('h'.repeat(count)), body: Array(count).fill(0) });
  framer.push(encode(withFds(2), signal('none'), withFds(1), withFds(1)), [10, 11, 12]);
  expect(drain(framer).map((one) => one.kind === 'message' && one.message.fds)).toEqual([[10, 11], [], [12], []]);
  framer.push(
    encode(signal('x'.repeat(5000), { signature: 'sh', types: typesOf('sh'), body: ['x'.repeat(5000), 0] })),
    [13],
  );
  expect(drain(framer).map((one) => one.kind)).toEqual(['too-large']);
  framer.push(encode(signal('a')), [14, 15]);
  framer.clear();
  expect(closed).toEqual([13, 14, 15]);
});

test('every changed byte of a stream gives an answer, and never more messages than fit', () => {
  const bytes = encode(signal('one'), signal('two'));
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 1, 0x7f, 0x80, 0xff, (bytes[at] as number) ^ 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = value;
      const framer = new Framer(limits, () => {});
      framer.push(changed, []);
      let answers = 0;
      for (let one = framer.next(); one; one = framer.next()) answers++;
      expect(answers).toBeLessThanOrEqual(bytes.length / 16 + 1);
    }
  }
});
