import { ByteWriter } from '@connman/base';
import { decodeAnswer, encodeQuery, type Question, questionOf } from './dns-message';

const question = questionOf('WWW.Example.com.', 4, 0x1234) as Question;

/** A name as bytes: labels, or a pointer when it is a number. */
function name(...parts: (string | number)[]): number[] {
  const bytes = parts.flatMap((part) =>
    typeof part === 'number' ? [0xc0 | (part >> 8), part & 255] : [part.length, ...Buffer.from(part, 'latin1')],
  );
  return typeof parts.at(-1) === 'number' ? bytes : [...bytes, 0];
}

function record(owner: number[], type: number, data: number[], recordClass = 1): number[] {
  return [...owner, 0, type, 0, recordClass, 0, 0, 0, 60, data.length >> 8, data.length & 255, ...data];
}

/** A whole response; the question's name stands at 12, its 'example.com' at 16. */
function response(records: number[][], over: { flags?: number; asked?: number[]; count?: number } = {}): Uint8Array {
  const writer = new ByteWriter().uint16(0x1234).uint16(over.flags ?? 0x8180);
  writer
    .uint16(1)
    .uint16(over.count ?? records.length)
    .uint16(0)
    .uint16(0);
  writer.bytes(Uint8Array.from(over.asked ?? [...name('www', 'example', 'com'), 0, 1, 0, 1]));
  for (const bytes of records) writer.bytes(Uint8Array.from(bytes));
  return writer.finish();
}

const decoded = (bytes: Uint8Array, asked = question) => {
  const answer = decodeAnswer(bytes, asked);
  return answer.ok ? answer.value : answer.error.reason;
};

test('a query asks for one name, one type, and recursion', () => {
  const hex = Buffer.from(encodeQuery(question)).toString('hex');
  expect(hex).toBe(`123401000001000000000000${'03777777076578616d706c6503636f6d00'}00010001`);
  const six = questionOf('a', 6, 1) as Question;
  expect(Buffer.from(encodeQuery(six)).toString('hex')).toBe('0001010000010000000000000161000'.concat('01c0001'));
});

test.each(['', '.', 'a..b', 'x'.repeat(64), 'ä.example', 'a b', Array(64).fill('abc').join('.')])(
  '%j cannot be asked for',
  (host) => expect(questionOf(host, 4, 0)).toBeUndefined(),
);

test('addresses of the name and of its aliases count, in whatever order they come', () => {
  const alias = name('edge', 'net');
  expect(
    decoded(
      response([
        record(name('EDGE', 'net'), 1, [192, 0, 2, 7]),
        record(name(12), 5, alias),
        record(name('w', 16), 1, [192, 0, 2, 8]),
        record(name(12), 1, [192, 0, 2, 9]),
        record(name(12), 1, [192, 0, 2, 10], 3),
        record(name(12), 16, [1, 65]),
      ]),
    ),
  ).toEqual({ rcode: 0, truncated: false, addresses: ['192.0.2.7', '192.0.2.9'] });
});

test('IPv6 addresses', () => {
  const six = questionOf('www.example.com', 6, 0x1234) as Question;
  const asked = [...name('www', 'example', 'com'), 0, 28, 0, 1];
  const data = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
  expect(decoded(response([record(name(12), 28, data)], { asked }), six)).toMatchObject({ addresses: ['2001:db8::1'] });
});

test('the case of the name does not matter; another name, type, class, id or a query is no answer', () => {
  expect(decoded(response([], { asked: [...name('Www', 'example', 'com'), 0, 1, 0, 1] }))).toMatchObject({ rcode: 0 });
  expect(decoded(response([], { asked: [...name('ww', 'example', 'com'), 0, 1, 0, 1] }))).toBe('another question');
  expect(decoded(response([], { asked: [...name('www', 'example', 'com'), 0, 28, 0, 1] }))).toBe('another question');
  expect(decoded(response([], { asked: [...name('www', 'example', 'com'), 0, 1, 0, 3] }))).toBe('another question');
  expect(decoded(response([]), { ...question, id: 1 })).toBe('another id');
  expect(decoded(response([], { flags: 0x0100 }))).toBe('not a response to a query');
});

test('an error is read even from a bare header', () => {
  const bytes = Uint8Array.of(0x12, 0x34, 0x80, 0x05, 0, 0, 0, 0, 0, 0, 0, 0);
  expect(decoded(bytes)).toEqual({ rcode: 5, truncated: false, addresses: [] });
});

test('of a truncated message what is whole counts', () => {
  const whole = response([record(name(12), 1, [192, 0, 2, 1])], { flags: 0x8380, count: 5 });
  expect(decoded(whole)).toEqual({ rcode: 0, truncated: true, addresses: ['192.0.2.1'] });
});

test('a loop of pointers, a pointer forwards and a loop of aliases end', () => {
  const at = 12 + name('www', 'example', 'com').length + 4;
  expect(decoded(response([record(name(at), 1, [192, 0, 2, 1])]))).toBe('a name that cannot be');
  expect(decoded(response([record(name('a', at), 1, [192, 0, 2, 1])]))).toBe('a name that cannot be');
  expect(decoded(response([record(name(at + 40), 1, [192, 0, 2, 1])]))).toBe('a name that cannot be');
  expect(decoded(response([record(name(3), 1, [192, 0, 2, 1])]))).toBe('a name that cannot be');
  const loop = response([record(name(12), 5, name('b')), record(name('b'), 5, name(12))]);
  expect(decoded(loop)).toMatchObject({ addresses: [] });
});

test('an address of a wrong length, and an alias that leaves its record, are refused', () => {
  expect(decoded(response([record(name(12), 1, [192, 0, 2])]))).toBe('an address of 3 bytes');
  expect(decoded(response([record(name(12), 5, [3, 65])]))).toBe('an alias that cannot be');
  expect(decoded(response([record(name(12), 5, [1, 65, 0, 9])]))).toBe('an alias that cannot be');
});

test('every cut and every changed byte of an answer is read to an end', () => {
  const whole = response([record(name(12), 5, name('edge', 16)), record(name('edge', 16), 1, [192, 0, 2, 7])]);
  expect(decoded(whole)).toMatchObject({ addresses: ['192.0.2.7'] });
  for (let length = 0; length < whole.length; length++) {
    expect(decodeAnswer(whole.subarray(0, length), question).ok).toBe(false);
  }
  for (let at = 0; at < whole.length; at++) {
    for (let value = 0; value < 256; value++) {
      const changed = whole.slice();
      changed[at] = value;
      expect(typeof decodeAnswer(changed, question).ok).toBe('boolean');
    }
  }
});
