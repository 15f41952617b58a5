import type { Ipv4Address, Ipv6Address } from '@connman/inet';
import { reverseZonesOf } from './reverse-zones';

test.each<[string, number, string[]]>([
  ['192.168.1.7', 24, ['1.168.192.in-addr.arpa']],
  ['192.168.1.7', 28, ['1.168.192.in-addr.arpa']],
  ['192.168.1.7', 32, ['1.168.192.in-addr.arpa']],
  ['192.168.3.7', 23, ['2.168.192.in-addr.arpa', '3.168.192.in-addr.arpa']],
  ['172.16.5.1', 16, ['16.172.in-addr.arpa']],
  ['172.17.5.1', 15, ['16.172.in-addr.arpa', '17.172.in-addr.arpa']],
  ['10.1.2.3', 8, ['10.in-addr.arpa']],
])('%s/%i is named below %j', (address, length, zones) => {
  expect(reverseZonesOf(address as Ipv4Address, length)).toEqual(zones);
});

test('a network of more zones than are worth a list has the zone round it', () => {
  expect(reverseZonesOf('172.16.5.1' as Ipv4Address, 17)).toEqual(['16.172.in-addr.arpa']);
  expect(reverseZonesOf('10.64.0.1' as Ipv4Address, 10)).toEqual(['10.in-addr.arpa']);
});

test.each<[string, number, string[]]>([
  ['fd12:3456:789a:1::7', 64, ['1.0.0.0.a.9.8.7.6.5.4.3.2.1.d.f.ip6.arpa']],
  ['fd12:3456:789a:3::7', 63, ['2.0.0.0.a.9.8.7.6.5.4.3.2.1.d.f.ip6.arpa', '3.0.0.0.a.9.8.7.6.5.4.3.2.1.d.f.ip6.arpa']],
  ['2001:db8::1', 32, ['8.b.d.0.1.0.0.2.ip6.arpa']],
])('%s/%i is named below %j', (address, length, zones) => {
  expect(reverseZonesOf(address as Ipv6Address, length)).toEqual(zones);
});
