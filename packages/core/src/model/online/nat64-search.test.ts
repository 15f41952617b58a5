import type { Ipv6Address } from '@connman/inet';
import { nat64PrefixesOf } from './nat64-search';

const of = (...addresses: string[]) => nat64PrefixesOf(addresses as Ipv6Address[]);

test.each([
  ['64:ff9b::c000:aa', '64:ff9b::/96'],
  ['2001:db8:122:344:c0:0:aa00:0', '2001:db8:122:344::/64'],
  ['2001:db8:122:3c0:0:aa:0:0', '2001:db8:122:300::/56'],
  ['2001:db8:122:c000:0:aa00:0:0', '2001:db8:122::/48'],
  ['2001:db8:1c0:0:aa:0:0:0', '2001:db8:100::/40'],
  ['2001:db8:c000:aa::', '2001:db8::/32'],
])('the prefix in %s is %s (RFC 6052 section 2.2)', (address, prefix) => {
  expect(of(address)).toEqual([prefix]);
});

test('both addresses of one prefix make one, other addresses none', () => {
  expect(of('64:ff9b::c000:aa', '64:ff9b::c000:ab')).toEqual(['64:ff9b::/96']);
  expect(of('2001:db8::1', '::', '64:ff9b::c000:ac')).toEqual([]);
});

test('an address that could be of two lengths says nothing, and of very many four count', () => {
  expect(of('2001:db8:c000:aa::c000:aa')).toEqual([]);
  expect(of(...Array.from({ length: 100 }, (_, i) => `2001:db8:${i.toString(16)}::c000:aa`))).toHaveLength(4);
});
