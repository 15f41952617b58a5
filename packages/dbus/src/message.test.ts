import { Encoder } from './encode';
import { type Frame, type Header, messageType, readFrame, readHeader, writeMessage } from './message';
import { typesOf } from './signature';

function parse(bytes: Buffer): Header | string {
  const frame = readFrame(bytes, 0);
  if (!frame.ok) return frame.error.reason;
  const header = readHeader(bytes, 0, frame.value);
  return header.ok ? header.value : header.error.reason;
}

/** Header fields laid out by hand, in either byte order: [code, type, value]. */
function message(type: number, fields: readonly (readonly [number, string, string | number])[], big = false): Buffer {
  const parts: number[] = [];
  const uint32 = (value: number): void => {
    const bytes = [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
    parts.push(...(big ? bytes : bytes.reverse()));
  };
  const align = (to: number): void => {
    while (parts.length % to !== 0) parts.push(0);
  };
  for (const [code, signature, value] of fields) {
    align(8);
    parts.push(code, signature.length, ...Buffer.from(signature), 0);
    if (typeof value === 'number') {
      align(4);
      uint32(value);
    } else if (signature === 'g') {
      parts.push(value.length, ...Buffer.from(value), 0);
    } else {
      align(4);
      uint32(Buffer.byteLength(value));
      parts.push(...Buffer.from(value), 0);
    }
  }
  const content = parts.splice(0);
  parts.push(big ? 0x42 : 0x6c, type, 0, 1);
  uint32(0);
  uint32(7);
  uint32(content.length);
  parts.push(...content);
  align(8);
  return Buffer.from(parts);
}

const call = [
  [1, 'o', '/a'],
  [2, 's', 'a.b'],
  [3, 's', 'C'],
] as const;

test('a header is read in both byte orders', () => {
  const fields = [...call, [6, 's', ':1.5'], [7, 's', 'x.y'], [8, 'g', 'a{sv}'], [9, 'u', 2]] as const;
  const expected = {
    type: messageType.call,
    serial: 7,
    path: '/a',
    interface: 'a.b',
    member: 'C',
    destination: ':1.5',
    sender: 'x.y',
    signature: 'a{sv}',
    unixFds: 2,
  };
  expect(parse(message(1, fields))).toMatchObject(expected);
  expect(parse(message(1, fields, true))).toMatchObject(expected);
});

test('a field of a later version of the protocol is stepped over', () => {
  expect(parse(message(1, [[77, 's', 'news'], [78, 'u', 1], ...call]))).toMatchObject({ member: 'C' });
});

test.each<[string, number, readonly (readonly [number, string, string | number])[], string]>([
  ['a call without a member', 1, call.slice(0, 2), 'without path or member'],
  ['a call without a path', 1, call.slice(1), 'without path or member'],
  ['a signal without an interface', 4, [call[0], call[2]], 'without path, interface'],
  ['a reply to nothing', 2, [], 'serial it answers'],
  ['an error without a name', 3, [[5, 'u', 1]], 'without its name'],
  ['a message of type 0', 0, call, 'type is 0'],
  ['field 0', 1, [[0, 's', 'x'], ...call], 'field 0'],
  ['a path that is a string', 1, [[1, 's', '/a']], 'has the type "s"'],
  ['a serial that is a string', 2, [[5, 's', '1']], 'has the type "s"'],
  ['a malformed path', 1, [[1, 'o', 'a']], 'field 1 is malformed'],
  ['a malformed interface', 1, [[2, 's', 'a']], 'field 2 is malformed'],
  ['a malformed member', 1, [[3, 's', 'a.b']], 'field 3 is malformed'],
  ['a malformed error name', 3, [[4, 's', 'a']], 'field 4 is malformed'],
  ['a malformed sender', 1, [[7, 's', 'a']], 'field 7 is malformed'],
  ['a malformed signature', 1, [[8, 'g', 'a']], 'signature of the body'],
  ['a later field of two types', 1, [[77, 'ss', 'x']], 'malformed type'],
])('%s is refused', (_what, type, fields, reason) => {
  expect(parse(message(type, fields))).toContain(reason);
});

test('what is written is read, its lengths told by the fixed header', () => {
  const encoder = new Encoder();
  const body = ['x'.repeat(9)];
  writeMessage(
    encoder,
    3,
    { type: messageType.error, errorName: 'a.B', replySerial: 9, signature: 's', types: typesOf('s'), body },
    0,
  );
  const bytes = Buffer.from(encoder.take());
  const frame = readFrame(bytes, 0) as { readonly value: Frame };
  expect(frame.value).toMatchObject({ serial: 3, bytes: bytes.length, littleEndian: true });
  expect(parse(bytes)).toMatchObject({ errorName: 'a.B', replySerial: 9, signature: 's' });
});
