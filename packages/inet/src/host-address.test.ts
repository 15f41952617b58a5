import { gatewayFault, hostAddressFault, parseIp, parsePrefix } from './index';

const prefix = (text: string) => parsePrefix(text) as NonNullable<ReturnType<typeof parsePrefix>>;
const ip = (text: string) => parseIp(text) as NonNullable<ReturnType<typeof parseIp>>;

test.each([
  ['0.0.0.0/24', 'is the unspecified address'],
  ['0.1.2.3/8', 'is in 0.0.0.0/8, which has no hosts'],
  ['127.0.0.1/8', 'is a loopback address'],
  ['224.0.0.1/24', 'is a multicast address'],
  ['239.255.255.255/4', 'is a multicast address'],
  ['240.0.0.1/24', 'is in 240.0.0.0/4, which is reserved'],
  ['255.255.255.255/32', 'is in 240.0.0.0/4, which is reserved'],
  ['192.0.2.0/24', 'is the network address of its /24'],
  ['192.0.2.255/24', 'is the broadcast address of its /24'],
  ['192.0.2.4/30', 'is the network address of its /30'],
  ['192.0.2.1/0', 'cannot have a prefix length of 0: the link would hold the whole Internet'],
  ['::/64', 'is the unspecified address'],
  ['::1/128', 'is the loopback address'],
  ['ff02::1/64', 'is a multicast address'],
  ['::ffff:192.0.2.1/96', 'is an IPv4 address written as IPv6'],
  ['2001:db8::1/0', 'cannot have a prefix length of 0: the link would hold the whole Internet'],
])('no host has %s: it %s', (text, fault) => {
  expect(hostAddressFault(prefix(text))).toBe(fault);
});

test.each([
  '192.0.2.1/24',
  '192.0.3.0/23',
  '192.0.2.255/23',
  '192.0.2.0/31',
  '192.0.2.255/32',
  '169.254.7.7/16',
  '10.0.0.1/8',
  '2001:db8::/64',
  '2001:db8::1/128',
  'fe80::1/64',
  'fd00::1/8',
])('a host may have %s', (text) => {
  expect(hostAddressFault(prefix(text))).toBeUndefined();
});

test.each([
  ['192.0.2.10', '192.0.2.10/24', "is the host's own address"],
  ['192.0.2.255', '192.0.2.10/24', 'is the broadcast address of its /24'],
  ['192.0.2.0', '192.0.2.10/24', 'is the network address of its /24'],
  ['0.0.0.0', '192.0.2.10/24', 'is the unspecified address'],
  ['127.0.0.1', '192.0.2.10/24', 'is a loopback address'],
  ['2001:db8::1', '192.0.2.10/24', 'is of another address family than 192.0.2.10'],
  ['ff02::2', '2001:db8::1/64', 'is a multicast address'],
  ['2001:db8::1', '2001:db8::1/64', "is the host's own address"],
])('%s is no gateway of %s: it %s', (gateway, host, fault) => {
  expect(gatewayFault(ip(gateway), prefix(host))).toBe(fault);
});

test.each([
  ['192.0.2.1', '192.0.2.10/24'],
  ['192.0.2.0', '192.0.2.1/31'],
  ['198.51.100.1', '192.0.2.10/32'],
  ['198.51.100.255', '192.0.2.10/24'],
  ['fe80::1', '2001:db8::1/64'],
])('%s may be a gateway of %s', (gateway, host) => {
  expect(gatewayFault(ip(gateway), prefix(host))).toBeUndefined();
});
