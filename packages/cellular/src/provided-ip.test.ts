import { byte, str, strings, type Variant } from '@connman/dbus';
import { providedIp } from './provided-ip';

const map = (values: Readonly<Record<string, Variant>>) => new Map(Object.entries(values));
const nothing = map({});
const any4 = { address: '0.0.0.0', length: 0 };
const any6 = { address: '::', length: 0 };

test('a gateway outside of the network is not needed: a bearer has one other end', () => {
  const settings = map({
    Method: str('static'),
    Address: str('100.64.3.9'),
    Netmask: str('255.255.255.255'),
    Gateway: str('100.64.3.10'),
  });
  expect(providedIp(settings, nothing)).toMatchObject({
    addresses: [{ address: '100.64.3.9', prefixLength: 32 }],
    routes: [{ destination: any4 }],
  });
});

test('both families of a dual context', () => {
  const settings = map({
    Method: str('static'),
    Address: str('10.0.0.2'),
    Netmask: str('255.255.255.0'),
    Gateway: str('10.0.0.1'),
    DomainNameServers: strings(['10.0.0.53', 'nonsense']),
  });
  const settings6 = map({
    Address: str('2001:db8::2'),
    PrefixLength: byte(64),
    Gateway: str('fe80::1'),
    DomainNameServers: strings(['2001:db8::53']),
  });
  expect(providedIp(settings, settings6)).toEqual({
    addresses: [
      { address: '10.0.0.2', prefixLength: 24 },
      { address: '2001:db8::2', prefixLength: 64 },
    ],
    routes: [
      { destination: any4, gateway: '10.0.0.1' },
      { destination: any6, gateway: 'fe80::1' },
    ],
    nameservers: ['10.0.0.53', '2001:db8::53'],
    ...{ domains: [], mtu: 0, servers: [] },
  });
});

test('IPv4 by DHCP beside IPv6 from the settings', () => {
  const provided = providedIp(map({ Method: str('dhcp') }), map({ Address: str('2001:db8::2') }));
  expect(provided).toMatchObject({ addresses: [{ address: '2001:db8::2', prefixLength: 64 }], dhcp4: true });
});

test.each([
  ['nothing', nothing],
  ['DHCP alone', map({ Method: str('dhcp'), Interface: str('wwan0') })],
  ['an address that is none', map({ Method: str('static'), Address: str('10.0.0') })],
])('with %s the link is configured as a cable is', (_, settings) => {
  expect(providedIp(settings, nothing)).toBeUndefined();
});
