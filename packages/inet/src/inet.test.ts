import { isIPv6 } from 'node:net';
import * as fc from 'fast-check';
import {
  broadcastOf,
  contains,
  formatPrefix,
  type IpAddress,
  ipv4FromBytes,
  ipv4FromUint32,
  ipv4ToBytes,
  ipv4ToUint32,
  ipv6FromBytes,
  ipv6ToBytes,
  isPrivate,
  macFromBytes,
  macToBytes,
  netmaskOf,
  networkOf,
  networkPrefixOf,
  type Prefix,
  parseIp,
  parseIpv4,
  parseIpv6,
  parseMac,
  parsePrefix,
  prefixLengthOf,
} from './index';

test('a dotted-decimal address is read strictly', () => {
  expect(parseIpv4('192.0.2.1')).toBe('192.0.2.1');
  for (const text of [
    '192.0.2',
    '192.0.2.1.',
    '192.0.2.256',
    '192.0.2.01',
    '1.2.3.4.5',
    '',
    ' 1.2.3.4',
    '0x7f.0.0.1',
  ]) {
    expect(parseIpv4(text)).toBeUndefined();
  }
});

test('IPv4 survives both numeric forms', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), (value) => {
      const address = ipv4FromUint32(value);
      expect(parseIpv4(address)).toBe(address);
      expect(ipv4ToUint32(address)).toBe(value);
      expect(ipv4FromBytes(ipv4ToBytes(address))).toBe(address);
    }),
  );
});

test('netmask and prefix length are each other’s inverse, holes are refused', () => {
  for (let length = 0; length <= 32; length++) expect(prefixLengthOf(netmaskOf(length))).toBe(length);
  const holes = parseIpv4('255.0.255.0');
  expect(holes && prefixLengthOf(holes)).toBeUndefined();
});

test('network and broadcast address of a prefix', () => {
  const host = ipv4FromUint32(0xc0000281);
  expect(networkOf(host, 25)).toBe('192.0.2.128');
  expect(broadcastOf(host, 25)).toBe('192.0.2.255');
  expect(networkOf(host, 0)).toBe('0.0.0.0');
  expect(broadcastOf(host, 32)).toBe(host);
});

test.each([
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::', '::'],
  ['::1', '::1'],
  ['fe80:0:0:0:1:0:0:0', 'fe80::1:0:0:0'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
])('%s is written as RFC 5952 says: %s', (text, canonical) => {
  expect(parseIpv6(text)).toBe(canonical);
});

test('IPv6 with a zone or garbage is refused', () => {
  for (const text of ['fe80::1%eth0', '1::2::3', 'abcd', '192.0.2.1', '']) expect(parseIpv6(text)).toBeUndefined();
});

test('what is an IPv6 address is what node:net takes for one', () => {
  const pieces = [
    '',
    ':',
    '::',
    '0',
    '1',
    'ffff',
    'FfFf',
    '12345',
    'g',
    '%',
    ' ',
    '.',
    '1.2.3.4',
    '256.1.1.1',
    '1.2.3',
    '01',
  ];
  let seed = 1;
  const draw = (below: number) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  let valid = 0;
  for (let i = 0; i < 20_000; i++) {
    // Mostly groups and colons in turn, so that many are nearly right and some are.
    const parts = Array.from({ length: draw(17) }, (_, at) =>
      draw(20) === 0
        ? pieces[draw(pieces.length)]
        : at % 2
          ? [':', ':', ':', '::'][draw(4)]
          : ['0', 'a1', 'ffff', ''][draw(4)],
    );
    const text = parts.join('') + (draw(8) === 0 ? ':192.0.2.1' : '');
    const expected = isIPv6(text) && !text.includes('%');
    if (expected) valid++;
    expect([text, parseIpv6(text) !== undefined]).toEqual([text, expected]);
  }
  expect(valid).toBeGreaterThan(100);
});

test('IPv6 survives its byte form', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(0xffff), (bytes, zeroMask) => {
      for (let i = 0; i < 16; i++) if ((zeroMask >> i) & 1) bytes[i] = 0;
      const address = ipv6FromBytes(bytes);
      expect(isIPv6(address)).toBe(true);
      expect(ipv6ToBytes(address)).toEqual(bytes);
      expect(parseIpv6(address)).toBe(address);
    }),
  );
});

test('a MAC address is normalised to lower case', () => {
  const mac = parseMac('52:54:00:AB:cd:EF');
  expect(mac).toBe('52:54:00:ab:cd:ef');
  expect(mac && macFromBytes(macToBytes(mac))).toBe(mac);
  expect(parseMac('52:54:00:ab:cd')).toBeUndefined();
});

test('a prefix holds its own addresses only', () => {
  const prefix = parsePrefix('10.1.128.0/17');
  const v6 = parsePrefix('2001:db8::/33');
  if (!prefix || !v6) throw new Error('the prefixes are valid');
  expect(contains(prefix, ipv4FromUint32(0x0a018001))).toBe(true);
  expect(contains(prefix, ipv4FromUint32(0x0a017fff))).toBe(false);
  expect(contains(v6, ipv6FromBytes(Uint8Array.from([0x20, 1, 0xd, 0xb8, 0x7f, ...new Array(11).fill(1)])))).toBe(true);
  expect(contains(v6, ipv6FromBytes(Uint8Array.from([0x20, 1, 0xd, 0xb8, 0x80, ...new Array(11).fill(1)])))).toBe(
    false,
  );
  expect(contains(v6, ipv4FromUint32(1))).toBe(false);
  expect(parsePrefix('10.0.0.0/33')).toBeUndefined();
});

test.each([
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['100.64.0.1', true],
  ['100.128.0.1', false],
  ['169.254.1.1', true],
  ['127.0.0.1', true],
  ['9.9.9.9', false],
  ['fd00::1', true],
  ['fe80::1', true],
  ['::1', true],
  ['2001:db8::1', false],
])('%s is of a private network: %s', (address, isIt) => {
  expect(isPrivate(parseIp(address) as IpAddress)).toBe(isIt);
});

test.each([
  ['192.0.2.77/24', '192.0.2.0/24'],
  ['10.129.3.4/9', '10.128.0.0/9'],
  ['192.0.2.77/32', '192.0.2.77/32'],
  ['192.0.2.77/0', '0.0.0.0/0'],
  ['2001:db8:1:2:3:4:5:6/64', '2001:db8:1:2::/64'],
  ['2001:db8:ff::1/41', '2001:db8:80::/41'],
])('the network of %s is %s', (host, network) => {
  expect(formatPrefix(networkPrefixOf(parsePrefix(host) as Prefix))).toBe(network);
});
