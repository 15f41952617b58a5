import { bool, dict, str, strings, Variant } from '@connman/dbus';
import { limitExceeded } from './bounds';

const many = (count: number) => Array.from({ length: count }, (_, i) => `10.0.${i >> 8}.${i & 255}`);

test.each([
  ['a switch', bool(true)],
  ['a list of 128', strings(many(128))],
  ['a text of 4096 bytes', str('x'.repeat(4096))],
  ['a dictionary', dict(new Map([['URL', str('http://proxy.example/')]]))],
])('%s is small enough', (_, value) => {
  expect(limitExceeded(value)).toBeUndefined();
});

test('131,072 equal domains are refused by their number, and none of them is looked at', () => {
  let looks = 0;
  const domains = new Proxy(new Array<string>(131_072).fill('equal.example'), {
    get(list, name) {
      if (name !== 'length') looks++;
      return Reflect.get(list, name);
    },
  });
  expect(limitExceeded(new Variant('as', domains))).toBe('a list may have 128 entries, this one has 131072');
  expect(looks).toBe(0);
});

test.each([
  ['60,000 name servers', strings(many(60_000)), 'a list may have 128 entries, this one has 60000'],
  ['one text of 200,000 addresses', str(many(200_000).join(' ')), 'a text may have 4096 bytes'],
  ['one domain of 3.9 MB', strings(['x'.repeat(3_900_000)]), 'a text may have 4096 bytes'],
  ['letters of three bytes', str('€'.repeat(1366)), 'a text may have 4096 bytes'],
  ['a proxy URL of 4 MB', dict(new Map([['URL', str('x'.repeat(4_000_000))]])), 'a text may have 4096 bytes'],
  [
    'a list in a dictionary',
    dict(new Map([['Servers', strings(many(129))]])),
    'a list may have 128 entries, this one has 129',
  ],
])('%s is too large', (_, value, reason) => {
  expect(limitExceeded(value)).toBe(reason);
});
