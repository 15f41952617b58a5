import { Invariant } from '@connman/base';
import fc from 'fast-check';
import { type Sample, sampleOf } from '../test/samples';
import { Decoder, unmarshal } from './decode';
import { marshal } from './encode';
import { kind, type Type, typesOf } from './signature';
import { Variant, variant } from './variant';

const relaxed = { littleEndian: true, maxValues: 1_000_000 };

function roundTrip(signature: string, ...values: unknown[]): unknown[] {
  const { bytes, fds } = marshal(typesOf(signature), values);
  const read = unmarshal(typesOf(signature), bytes, { ...relaxed, fds });
  if (!read.ok) throw new Error(read.error.reason);
  return read.value;
}

function hex(signature: string, ...values: unknown[]): string {
  return Buffer.from(marshal(typesOf(signature), values).bytes).toString('hex');
}

test.each([
  ['y', [7], '07'],
  ['b', [true], '01000000'],
  ['n', [-2], 'feff'],
  ['q', [65535], 'ffff'],
  ['i', [-2], 'feffffff'],
  ['u', [0xfffffffe], 'feffffff'],
  ['x', [-2n], 'feffffffffffffff'],
  ['t', [0xffffffffffffffffn], 'ffffffffffffffff'],
  ['d', [1], '000000000000f03f'],
  ['s', ['foo'], '03000000666f6f00'],
  ['s', ['ö'], '02000000c3b600'],
  ['o', ['/a'], '020000002f6100'],
  ['g', ['ai'], '02616900'],
  ['ay', [Uint8Array.of(1, 2)], '020000000102'],
  // The padding before the first element stands even if there is none.
  ['ax', [[]], '0000000000000000'],
  ['a{ys}', [new Map()], '0000000000000000'],
  ['yu', [1, 2], '0100000002000000'],
  ['yx', [1, 2n], '01000000000000000200000000000000'],
  [
    'a(yy)',
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
    '0a0000000000000001020000000000000304',
  ],
  ['v', [variant('u', 5)], '0175000005000000'],
])('%s is laid out as the specification says', (signature, values, expected) => {
  expect(hex(signature, ...values)).toBe(expected);
  expect(roundTrip(signature, ...values)).toEqual(values);
});

test('both byte orders are read', () => {
  const big = Buffer.from('0007fffe00000005000000000000000a3ff0000000000000000000026f6b00', 'hex');
  const read = unmarshal(typesOf('nquxds'), big, { ...relaxed, littleEndian: false });
  expect(read).toEqual({ ok: true, value: [7, 0xfffe, 5, 10n, 1, 'ok'] });
});

test('64-bit numbers keep every bit, and doubles their odd values', () => {
  const extremes = [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 64n - 1n];
  expect(roundTrip('xxt', ...extremes)).toEqual(extremes);
  expect(roundTrip('dddd', Number.NaN, Number.POSITIVE_INFINITY, -0, 5e-324)).toEqual([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
    5e-324,
  ]);
});

test('a dictionary keeps its order, its numeric keys and a key called __proto__', () => {
  const map = new Map([
    ['z', 1],
    ['__proto__', 2],
    ['10', 3],
    ['9', 4],
  ]);
  expect([...(roundTrip('a{su}', map)[0] as Map<string, number>)]).toEqual([...map]);
  expect(roundTrip('a{us}', new Map([[7, 'seven']]))).toEqual([new Map([[7, 'seven']])]);
  expect(roundTrip('a{sv}', { a: variant('b', true) })).toEqual([new Map([['a', variant('b', true)]])]);
  expect(roundTrip('a{ts}', new Map([[2n ** 63n, 'big']]))).toEqual([new Map([[2n ** 63n, 'big']])]);
});

test('a variant gives its value to a reader that names its type', () => {
  const value = variant('as', ['a']);
  expect(value.as('as')).toEqual(['a']);
  expect(value.as('s')).toBeUndefined();
});

const cycle: unknown[] = [];
cycle.push(cycle);

test.each<[string, unknown]>([
  ['y', 256],
  ['y', -1],
  ['y', 1.5],
  ['y', '1'],
  ['u', Number.NaN],
  ['i', 2 ** 31],
  ['x', 1],
  ['x', 2n ** 63n],
  ['t', -1n],
  ['b', 1],
  ['s', 1],
  ['s', 'a\0b'],
  ['s', `${'long '.repeat(20)}\0`],
  ['o', 'a'],
  ['g', 'z'],
  ['ay', [1]],
  ['as', 'a'],
  ['(ss)', ['a']],
  ['a{sv}', ['a']],
  ['a{sv}', { a: 'b' }],
  ['v', 1],
  ['v', new Variant('ss', ['a', 'b'])],
  ['h', -1],
])('a value that does not fit the type %s is this program’s mistake', (signature, value) => {
  expect(() => marshal(typesOf(signature), [value])).toThrow(Invariant);
});

test('too few and too many values are this program’s mistake', () => {
  expect(() => marshal(typesOf('ss'), ['a'])).toThrow(Invariant);
  expect(() => marshal(typesOf('s'), ['a', 'b'])).toThrow(Invariant);
});

test.each([
  ['b', '02000000', 'neither 0 nor 1'],
  ['s', '03000000666f6f01', 'closing zero'],
  ['s', '0300000066006f00', 'zero byte in it'],
  ['s', '02000000c32800', 'not UTF-8'],
  ['s', '03000000eda08000', 'not UTF-8'],
  ['s', 'ffffffff00', 'cut short'],
  ['o', '010000006100', 'object path'],
  ['g', '017a00', 'signature'],
  ['v', '0273730000000000', 'one complete type'],
  ['v', '0000', 'one complete type'],
  ['yu', '0100000102000000', 'padding'],
  ['u', '0100000000', 'left over'],
  ['ay', '0300000001', 'longer than its message'],
  ['as', '0400000001000000610000', 'past the end of its array'],
  ['ax', '04000000000000000000000000000000', 'past the end of its array'],
  ['h', '00000000', 'did not come'],
])('%s out of %s is refused: %s', (signature, bytes, reason) => {
  const read = unmarshal(typesOf(signature), Buffer.from(bytes, 'hex'), { ...relaxed, fds: [] });
  expect(read.ok ? 'read' : read.error.reason).toContain(reason);
});

test('a replacement character that was really sent is read', () => {
  expect(roundTrip('s', 'a\ufffdb')).toEqual(['a\ufffdb']);
});

test('variants nest 64 deep and no deeper', () => {
  const nested = (depth: number): Variant => (depth === 1 ? variant('y', 1) : variant('v', nested(depth - 1)));
  expect(roundTrip('v', nested(64))).toHaveLength(1);
  expect(() => marshal(typesOf('v'), [nested(65)])).toThrow(Invariant);
  const bytes = Buffer.from(`${'017600'.repeat(70)}01790001`, 'hex');
  const read = unmarshal(typesOf('v'), bytes, relaxed);
  expect(read.ok ? '' : read.error.reason).toContain('64 containers');
});

test('reading stops when a body asks for more values than allowed', () => {
  const { bytes } = marshal(typesOf('au'), [Array.from({ length: 1000 }, (_, i) => i)]);
  expect(unmarshal(typesOf('au'), bytes, { littleEndian: true, maxValues: 1001 }).ok).toBe(true);
  expect(unmarshal(typesOf('au'), bytes, { littleEndian: true, maxValues: 1000 }).ok).toBe(false);
});

test('a descriptor is handed out once, and not out of a variant', () => {
  const two = marshal(typesOf('uu'), [0, 0]).bytes;
  const twice = unmarshal(typesOf('hh'), two, { ...relaxed, fds: [9] });
  expect(twice.ok ? '' : twice.error.reason).toContain('stands twice');
  expect(unmarshal(typesOf('h'), two.subarray(0, 4), { ...relaxed, fds: [9] })).toEqual({ ok: true, value: [9] });
  expect(unmarshal(typesOf('h'), two.subarray(0, 4), relaxed)).toEqual({ ok: true, value: [-1] });
  const hidden = marshal(typesOf('v'), [variant('h', 9)]);
  expect(hidden.fds).toEqual([9]);
  expect(unmarshal(typesOf('v'), hidden.bytes, { ...relaxed, fds: [9] })).toEqual({
    ok: true,
    value: [variant('h', -1)],
  });
});

/** The same body, every number turned round; written by walking the little-endian one. */
function toBigEndian(types: readonly Type[], little: Uint8Array): Buffer {
  const bytes = Buffer.from(little);
  const swap = (at: number, size: number): void => {
    bytes.subarray(at, at + size).reverse();
  };
  const aligned = (at: number, to: number): number => (at + to - 1) & ~(to - 1);
  const walk = (type: Type, from: number): number => {
    const at = aligned(from, type.alignment);
    const { kind: code } = type;
    if (code === kind.struct) return type.children.reduce((next, child) => walk(child, next), at);
    if (code === kind.variant || code === kind.signature) {
      const length = bytes[at] as number;
      const end = at + length + 2;
      return code === kind.signature ? end : walk(typesOf(bytes.toString('latin1', at + 1, end - 1))[0] as Type, end);
    }
    if (type.children.length > 0) {
      const length = bytes.readUInt32LE(at);
      swap(at, 4);
      let next = aligned(at + 4, code === kind.dict ? 8 : (type.children[0] as Type).alignment);
      const end = next + length;
      while (next < end) {
        if (code === kind.dict) next = aligned(next, 8);
        for (const child of type.children) next = walk(child, next);
      }
      return end;
    }
    if (code === kind.string || code === kind.objectPath) {
      const length = bytes.readUInt32LE(at);
      swap(at, 4);
      return at + 4 + length + 1;
    }
    const size = code === kind.byte ? 1 : type.alignment;
    swap(at, size);
    return at + size;
  };
  types.reduce((at, type) => walk(type, at), 0);
  return bytes;
}

test('whatever fits a random signature comes back the same, in both byte orders', () => {
  fc.assert(
    fc.property(sampleOf(), ({ signature, values }: Sample) => {
      const types = typesOf(signature);
      const { bytes, fds } = marshal(types, values);
      expect(unmarshal(types, bytes, { ...relaxed, fds })).toEqual({ ok: true, value: values });
      const big = unmarshal(types, toBigEndian(types, bytes), { ...relaxed, littleEndian: false, fds });
      expect(big).toEqual({ ok: true, value: values });
    }),
    { numRuns: 1000 },
  );
});

test('every truncation of a body is refused, and every changed byte gives an answer', () => {
  fc.assert(
    fc.property(sampleOf(), fc.nat(255), ({ signature, values }: Sample, change) => {
      const types = typesOf(signature);
      const { bytes, fds } = marshal(types, values);
      const options = { littleEndian: true, maxValues: 10_000, fds };
      for (let length = 0; length < bytes.length; length++)
        expect(unmarshal(types, bytes.subarray(0, length), options).ok).toBe(false);
      for (let at = 0; at < bytes.length; at++) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ (change || 0x80);
        const read = unmarshal(types, changed, options);
        expect(read.ok || read.error.offset <= changed.length).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test('random bytes give an answer under any signature', () => {
  fc.assert(
    fc.property(sampleOf(), fc.uint8Array({ maxLength: 300 }), ({ signature }: Sample, bytes) => {
      const decoder = new Decoder(Buffer.from(bytes), 0, bytes.length, { littleEndian: true, maxValues: 1000 });
      decoder.values(typesOf(signature));
      expect(decoder.at).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 1000 },
  );
});
