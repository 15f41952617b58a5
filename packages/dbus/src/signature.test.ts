import { Invariant } from '@connman/base';
import { isBusName, isInterfaceName, isMemberName, isObjectPath, isUniqueName } from './names';
import { kind, parseSignature, typeOf, typesOf } from './signature';

test('a signature becomes a tree of types', () => {
  const [services, count] = typesOf('a(oa{sv})u');
  expect(services).toMatchObject({ kind: kind.array, signature: 'a(oa{sv})', alignment: 4 });
  const struct = services?.children[0];
  expect(struct).toMatchObject({ kind: kind.struct, signature: '(oa{sv})', alignment: 8 });
  expect(struct?.children.map((type) => type.signature)).toEqual(['o', 'a{sv}']);
  expect(struct?.children[1]).toMatchObject({ kind: kind.dict, alignment: 4 });
  expect(count?.kind).toBe(kind.uint32);
  expect(typeOf('ay').kind).toBe(kind.byteArray);
});

test.each([
  'a',
  'aa',
  '(',
  '()',
  '(s',
  's)',
  '{sv}',
  'a{vs}',
  'a{s}',
  'a{sss}',
  'a{(s)s}',
  'a{sv',
  'z',
  'r',
  'é',
  `${'a'.repeat(33)}s`,
  `${'('.repeat(33)}s${')'.repeat(33)}`,
  's'.repeat(256),
])('%s is no signature', (text) => {
  expect(parseSignature(text).ok).toBe(false);
  expect(() => typesOf(text)).toThrow(Invariant);
});

test.each(['', `${'a'.repeat(32)}s`, `${'('.repeat(32)}s${')'.repeat(32)}`, 's'.repeat(255), 'a{sa{ia(bv)}}'])(
  '%s is a signature',
  (text) => {
    const parsed = parseSignature(text);
    expect(parsed.ok && parsed.value.map((type) => type.signature).join('')).toBe(text);
  },
);

test('a variant needs exactly one complete type', () => {
  expect(() => typeOf('ss')).toThrow('not exactly one');
  expect(() => typeOf('')).toThrow('not exactly one');
});

test('signatures that peers make up are not remembered for ever', () => {
  for (let i = 0; i < 2000; i++) {
    const text = [...i.toString(2)].map((bit) => (bit === '1' ? 's' : 'u')).join('');
    expect(parseSignature(text).ok).toBe(true);
  }
});

const names: readonly [string, (text: string) => boolean, string[], string[]][] = [
  [
    'object path',
    isObjectPath,
    ['/', '/a', '/net/connman/service/ethernet_0_cable', '/_/9'],
    ['', 'a', '/a/', '//', '/a//b', '/a-b', '/ä', '/a b', '/a\n'],
  ],
  [
    'interface name',
    isInterfaceName,
    ['a.b', 'net.connman.Manager', '_a._9', `a.${'b'.repeat(253)}`],
    ['', 'a', '.a', 'a.', 'a..b', 'a.9b', 'a-b.c', `a.${'b'.repeat(254)}`, 'a.b\n'],
  ],
  ['member name', isMemberName, ['a', 'GetProperties', '_9'], ['', '9a', 'a.b', 'a-b', 'a'.repeat(256), 'a\n']],
  ['unique name', isUniqueName, [':1.42', ':a.b-c'], [':', ':1', '1.2', ':1.', ':1.2\n', ':1.2/']],
  ['bus name', isBusName, ['net.connman', ':1.1', 'a-b.c_d'], ['net', '', 'net.', 'net.9', '.net', 'a.b\n', 'a.b:c']],
];

test.each(names)('a %s has its form', (_what, check, good, bad) => {
  expect(good.filter((text) => !check(text))).toEqual([]);
  expect(bad.filter((text) => check(text))).toEqual([]);
});
