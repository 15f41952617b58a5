import { bool, byte, dict, str, strings, type Variant, variant } from '@connman/dbus';
import { parseSetting } from './bus-settings';

const error = (name: string, value: Variant) => {
  const parsed = parseSetting(name, value);
  return parsed.ok ? `accepted as ${JSON.stringify(parsed.value.value)}` : parsed.error;
};
const value = (name: string, given: Variant) => {
  const parsed = parseSetting(name, given);
  return parsed.ok ? parsed.value.value : parsed.error;
};
type Given = Readonly<Record<string, Variant>>;
/** As it comes from the bus. */
const received = (fields: Given) => dict(new Map(Object.entries(fields)));
const ipv4 = (fields: Given) => value('IPv4.Configuration', received(fields));
const ipv6 = (fields: Given) => value('IPv6.Configuration', received(fields));
const proxy = (fields: Given) => value('Proxy.Configuration', received(fields));

test.each([
  ['AutoConnect', str('true')],
  ['mDNS.Configuration', str('yes')],
  ['Nameservers.Configuration', str('9.9.9.9')],
  ['Domains.Configuration', bool(true)],
  ['IPv4.Configuration', str('dhcp')],
  ['IPv4.Configuration', variant('a{ss}', { Method: 'dhcp' })],
  ['Proxy.Configuration', strings([])],
])('%s of another type is refused', (name, given) => {
  expect(error(name, given)).toBe('InvalidArguments');
});

test('a property that cannot be written is refused', () => {
  expect(error('State', str('idle'))).toBe('InvalidProperty');
});

test('lists are taken without their empty entries', () => {
  expect(value('Nameservers.Configuration', strings(['', '9.9.9.9', 'x']))).toEqual(['9.9.9.9', 'x']);
  expect(value('Timeservers.Configuration', strings(['']))).toEqual([]);
  expect(value('AutoConnect', bool(false))).toBe(false);
});

describe('IPv4.Configuration', () => {
  test.each([
    [{ Method: str('dhcp'), Address: str('10.0.0.5') }, { method: 'dhcp' }],
    [{ Method: str('off') }, { method: 'off' }],
    [{ Method: str('manual') }, { method: 'manual' }],
    [
      { Method: str('manual'), Address: str('10.0.0.5'), Netmask: str('255.255.255.0'), Gateway: str('10.0.0.1') },
      { method: 'manual', address: '10.0.0.5', netmask: '255.255.255.0', gateway: '10.0.0.1' },
    ],
    [
      { Method: str('manual'), Address: str('10.0.0.5'), Gateway: str('') },
      { method: 'manual', address: '10.0.0.5' },
    ],
  ])('%o', (fields, expected) => {
    expect(ipv4(fields)).toEqual(expected);
  });

  test.each([
    [{}, 'InvalidArguments'],
    [{ Method: str('') }, 'InvalidArguments'],
    [{ Method: str('fixed') }, 'InvalidArguments'],
    [{ Method: byte(1) }, 'InvalidArguments'],
    [{ Method: str('auto') }, 'NotSupported'],
    [{ Method: str('manual'), Address: str('10.0.0.256') }, 'InvalidArguments'],
    [{ Method: str('manual'), Address: str('2001:db8::5') }, 'InvalidArguments'],
    [{ Method: str('manual'), Address: byte(10) }, 'InvalidArguments'],
    [{ Method: str('manual'), Address: str('10.0.0.5'), Netmask: str('255.0.255.0') }, 'InvalidArguments'],
    [{ Method: str('manual'), Address: str('10.0.0.5'), Netmask: str('24') }, 'InvalidArguments'],
    [{ Method: str('manual'), Address: str('10.0.0.5'), Gateway: str('gateway') }, 'InvalidArguments'],
  ])('%o is refused with %s', (fields, expected) => {
    expect(ipv4(fields as Given)).toBe(expected);
  });
});

describe('IPv6.Configuration', () => {
  test.each([
    [{ Method: str('auto') }, { method: 'auto', privacy: 'disabled' }],
    [
      { Method: str('auto'), Privacy: str('preferred') },
      { method: 'auto', privacy: 'prefered' },
    ],
    [
      { Method: str('auto'), Privacy: str('toString') },
      { method: 'auto', privacy: 'disabled' },
    ],
    [
      { Method: str('off'), Privacy: str('enabled') },
      { method: 'off', privacy: 'disabled' },
    ],
    [
      { Method: str('manual'), Address: str('2001:DB8:0::5'), PrefixLength: byte(56), Gateway: str('fe80::1') },
      { method: 'manual', privacy: 'disabled', address: '2001:db8::5', prefixLength: 56, gateway: 'fe80::1' },
    ],
    [
      { Method: str('manual'), PrefixLength: byte(0) },
      { method: 'manual', privacy: 'disabled', prefixLength: 0 },
    ],
  ])('%o', (fields, expected) => {
    expect(ipv6(fields as Given)).toEqual(expected);
  });

  test.each([
    [{ Method: str('dhcp') }, 'NotSupported'],
    [{ Method: str('6to4') }, 'InvalidArguments'],
    [{ Method: str('manual'), Address: str('10.0.0.5') }, 'InvalidArguments'],
    [{ Method: str('manual'), PrefixLength: byte(129) }, 'InvalidArguments'],
    [{ Method: str('manual'), PrefixLength: str('64') }, 'InvalidArguments'],
    [{ Method: str('manual'), Gateway: str('fe80::1%eth0') }, 'InvalidArguments'],
  ])('%o is refused with %s', (fields, expected) => {
    expect(ipv6(fields as Given)).toBe(expected);
  });
});

describe('Proxy.Configuration', () => {
  test.each([
    [
      { Method: str('direct'), URL: str('http://x/') },
      { method: 'direct', url: '', servers: [], excludes: [] },
    ],
    [{ Method: str('auto') }, { method: 'auto', url: '', servers: [], excludes: [] }],
    [
      { Method: str('auto'), URL: str('http://x/') },
      { method: 'auto', url: 'http://x/', servers: [], excludes: [] },
    ],
    [
      { Method: str('manual'), Servers: strings(['http://p:3128']), Excludes: strings(['lan']) },
      { method: 'manual', url: '', servers: ['http://p:3128'], excludes: ['lan'] },
    ],
  ])('%o', (fields, expected) => {
    expect(proxy(fields as Given)).toEqual(expected);
  });

  test.each([
    {},
    { Method: str('socks') },
    { Method: str('manual') },
    { Method: str('manual'), Servers: strings([]) },
    { Method: str('manual'), Servers: strings(['p']), Excludes: str('lan') },
    { Method: str('auto'), URL: byte(1) },
  ])('%o is refused', (fields) => {
    expect(proxy(fields as Given)).toBe('InvalidArguments');
  });
});

describe('static addresses no host can have are refused', () => {
  const manual4 = (address: string, netmask = '255.255.255.0', gateway = '') =>
    ipv4({ Method: str('manual'), Address: str(address), Netmask: str(netmask), Gateway: str(gateway) });
  test.each([
    ['127.0.0.1', '255.255.255.0', ''],
    ['224.0.0.1', '255.255.255.0', ''],
    ['0.0.0.5', '255.255.255.0', ''],
    ['255.255.255.255', '255.255.255.0', ''],
    ['10.0.0.0', '255.255.255.0', ''],
    ['10.0.0.255', '255.255.255.0', ''],
    ['10.0.0.5', '0.0.0.0', ''],
    ['10.0.0.5', '255.255.255.0', '10.0.0.5'],
    ['10.0.0.5', '255.255.255.0', '127.0.0.1'],
  ])('%s %s %s', (address, netmask, gateway) => {
    expect(manual4(address, netmask, gateway)).toBe('InvalidArguments');
  });
  test('a point-to-point link uses both of its addresses (RFC 3021)', () => {
    expect(manual4('10.0.0.0', '255.255.255.254')).toMatchObject({ address: '10.0.0.0' });
  });

  const manual6 = (address: string, gateway: string) =>
    ipv6({ Method: str('manual'), Address: str(address), PrefixLength: byte(64), Gateway: str(gateway) });
  test.each([
    ['::', ''],
    ['::1', ''],
    ['ff02::1', ''],
    ['2001:db8::5', '2001:db8::5'],
    ['2001:db8::5', 'ff02::2'],
  ])('%s %s', (address, gateway) => {
    expect(manual6(address, gateway)).toBe('InvalidArguments');
  });
});
