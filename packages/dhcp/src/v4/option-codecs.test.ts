import * as fc from 'fast-check';
import { ip } from '../../test/scripted-server';
import { domainSearch } from './domain-search';
import * as codec from './option-codecs';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const latin = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

test.each<[string, codec.OptionCodec<unknown>, string, unknown]>([
  ['uint8', codec.uint8, '05', 5],
  ['uint16', codec.uint16, '05dc', 1500],
  ['uint32', codec.uint32, 'ffffffff', 0xffffffff],
  ['address', codec.address, 'c0000201', '192.0.2.1'],
  ['addresses', codec.addresses, 'c0000201 c0000235', ['192.0.2.1', '192.0.2.53']],
  ['text', codec.text, '6c616220', 'lab '],
  ['presence', codec.presence, '', true],
])('%s is read and written', (_, shape, bytes, value) => {
  expect(shape.decode(hex(bytes))).toEqual(value);
  expect(shape.encode(value)).toEqual(hex(bytes));
});

test.each<[string, codec.OptionCodec<unknown>, string]>([
  ['uint8', codec.uint8, ''],
  ['uint16', codec.uint16, '01'],
  ['uint32', codec.uint32, '010203'],
  ['address', codec.address, '010203'],
  ['addresses', codec.addresses, ''],
  ['addresses', codec.addresses, '0102030405'],
  ['presence', codec.presence, '00'],
  ['classless routes', codec.classlessRoutes, ''],
  ['classless routes', codec.classlessRoutes, '21 0a000000 c0000201'],
  ['classless routes', codec.classlessRoutes, '18 0a0000 c00002'],
])('%s of another shape is none', (_, shape, bytes) => {
  expect(shape.decode(hex(bytes))).toBeUndefined();
});

test.each<[string, codec.OptionCodec<unknown>, string, unknown]>([
  ['uint8', codec.uint8, '05 02', 5],
  ['uint16', codec.uint16, '05dc 0578', 1500],
  ['uint32', codec.uint32, '00000e10 0000', 3600],
  ['address', codec.address, 'ffffff00 ffff0000', '255.255.255.0'],
])('%s sent twice counts by its first whole part', (_, shape, bytes, value) => {
  expect(shape.decode(hex(bytes))).toEqual(value);
});

test('a text ends before the NULs at its end, and keeps those inside', () => {
  expect(codec.text.decode(latin('lab\0\0'))).toBe('lab');
  expect(codec.text.decode(latin('a\0b'))).toBe('a\0b');
});

test('classless routes: as many bytes as the prefix needs, host bits cleared (RFC 3442)', () => {
  const routes = codec.classlessRoutes.decode(
    hex('00 c0000201  08 0a c0000202  14 ac10ff c0000203  20 c6336401 00000000'),
  );
  expect(routes).toEqual([
    { destination: { address: '0.0.0.0', length: 0 }, gateway: '192.0.2.1' },
    { destination: { address: '10.0.0.0', length: 8 }, gateway: '192.0.2.2' },
    { destination: { address: '172.16.240.0', length: 20 }, gateway: '192.0.2.3' },
    { destination: { address: '198.51.100.1', length: 32 }, gateway: '0.0.0.0' },
  ]);
  const again = codec.classlessRoutes.encode(routes ?? []);
  expect(codec.classlessRoutes.decode(again)).toEqual(routes);
});

describe('domain search (RFC 3397)', () => {
  // The example of RFC 3397 section 4, with its 50 bytes in one option.
  const example = hex('03656e67 056170706c65 03636f6d 00 096d61726b6574696e67 c004');

  test('names share their ends', () => {
    expect(domainSearch.decode(example)).toEqual(['eng.apple.com', 'marketing.apple.com']);
    expect(domainSearch.encode(['eng.apple.com', 'marketing.apple.com'])).toEqual(example);
  });

  test.each([
    ['a pointer to itself', 'c000'],
    ['a pointer forward', 'c002 0161 00'],
    ['pointers to each other', '0161 c004 0162 c000'],
    ['a pointer into its own name', '0161 0162 c000'],
    ['a label cut short', '05 6162'],
    ['a pointer cut short', 'c0'],
    ['a label type of no meaning', '4161 00'],
  ])('%s makes it malformed', (_, bytes) => {
    expect(domainSearch.decode(hex(bytes))).toBeUndefined();
  });

  test('the last name may lack its root label', () => {
    expect(domainSearch.decode(hex('0161 00 0162 0163'))).toEqual(['a', 'b.c']);
    expect(domainSearch.decode(hex('0161'))).toEqual(['a']);
  });

  test('the names before a malformed one count', () => {
    expect(domainSearch.decode(hex('0161 00 0162 00 05 6162'))).toEqual(['a', 'b']);
  });

  test('a name longer than 255 bytes is malformed, however it is put together', () => {
    const label = `3f${'61'.repeat(63)}`;
    expect(domainSearch.decode(hex(`${label.repeat(3)}00`))?.[0]).toHaveLength(191);
    expect(domainSearch.decode(hex(`${label.repeat(4)}00`))).toBeUndefined();
    expect(domainSearch.decode(hex(`${label.repeat(3)}00 ${label} c000`))).toHaveLength(1);
  });

  test('a list without end is cut', () => {
    expect(domainSearch.decode(hex('016100'.repeat(500)))).toHaveLength(32);
  });

  test('random names survive, random bytes are answered', () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,12}$/);
    const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 20 }), (names) => {
        expect(domainSearch.decode(domainSearch.encode(names))).toEqual(names);
      }),
      { seed: 11, numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const names = domainSearch.decode(bytes);
        expect(names === undefined || names.length <= 32).toBe(true);
      }),
      { seed: 12, numRuns: 500 },
    );
  });
});

test('addresses are written as they are read', () => {
  expect(codec.address.encode(ip('203.0.113.7'))).toEqual(Uint8Array.of(203, 0, 113, 7));
});
