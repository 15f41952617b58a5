/** Random signatures with values that fit them, for property tests. */
import fc from 'fast-check';
import { Variant } from '../src/variant';

export interface Sample {
  readonly signature: string;
  readonly values: unknown[];
}

interface OneType {
  readonly signature: string;
  readonly value: fc.Arbitrary<unknown>;
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }).map((value) => value.replaceAll('\0', '')),
  fc.string({ maxLength: 100 }).map((value) => value.replaceAll('\0', '')),
  fc.constant('__proto__'),
);
const path = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_]{1,8}$/), { maxLength: 4 })
  .map((elements) => `/${elements.join('/')}`);

const basics: readonly OneType[] = [
  { signature: 'y', value: fc.nat(255) },
  { signature: 'b', value: fc.boolean() },
  { signature: 'n', value: fc.integer({ min: -0x8000, max: 0x7fff }) },
  { signature: 'q', value: fc.nat(0xffff) },
  { signature: 'i', value: fc.integer() },
  { signature: 'u', value: fc.nat(0xffffffff) },
  { signature: 'x', value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { signature: 't', value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  { signature: 'd', value: fc.double() },
  { signature: 's', value: text },
  { signature: 'o', value: path },
  { signature: 'g', value: fc.constantFrom('', 's', 'a{sv}', 'a(oa{sv})') },
];

const basic = fc.constantFrom(...basics);

function anyType(depth: number): fc.Arbitrary<OneType> {
  if (depth === 0) return basic;
  const inner = anyType(depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: basic },
    {
      weight: 1,
      arbitrary: inner.map(({ signature, value }) =>
        signature === 'y'
          ? { signature: 'ay', value: fc.uint8Array({ maxLength: 8 }).map((bytes) => new Uint8Array(bytes)) }
          : { signature: `a${signature}`, value: fc.array(value, { maxLength: 4 }) },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.array(inner, { minLength: 1, maxLength: 4 }).map((members) => ({
        signature: `(${members.map((member) => member.signature).join('')})`,
        value: fc.tuple(...members.map((member) => member.value)),
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(basic, inner).map(([key, value]) => ({
        signature: `a{${key.signature}${value.signature}}`,
        value: fc.array(fc.tuple(key.value, value.value), { maxLength: 4 }).map((entries) => new Map(entries)),
      })),
    },
    {
      weight: 1,
      arbitrary: inner.map(({ signature, value }) => ({
        signature: 'v',
        value: value.map((content) => new Variant(signature, content)),
      })),
    },
  );
}

/** Zero to four types and their values. */
export function sampleOf(depth = 3): fc.Arbitrary<Sample> {
  return fc.array(anyType(depth), { maxLength: 4 }).chain((types) =>
    fc.tuple(...types.map((type) => type.value)).map((values) => ({
      signature: types.map((type) => type.signature).join(''),
      values,
    })),
  );
}
