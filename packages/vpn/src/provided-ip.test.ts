import { bool, byte, dict, str, strings, variant } from '@connman/dbus';
import type { IpAddress } from '@connman/inet';
import { providedIp } from './provided-ip';

const route = (network: string, netmask: string) =>
  [
    new Map([
      ['Network', str(network)],
      ['Netmask', str(netmask)],
    ]),
  ] as [Map<string, ReturnType<typeof str>>];
const properties = (split: boolean, ...routes: ReturnType<typeof route>[]) =>
  new Map([
    ['SplitRouting', bool(split)],
    [
      'IPv4',
      dict(
        new Map([
          ['Address', str('10.8.0.2')],
          ['Netmask', str('255.255.255.0')],
        ]),
      ),
    ],
    ['Nameservers', strings(['10.8.0.1', 'nonsense'])],
    ['Domain', str('corp.example')],
    ['ServerRoutes', variant('a(a{sv})', routes)],
  ]);
const destinations = (split: boolean, ...routes: ReturnType<typeof route>[]) =>
  providedIp(properties(split, ...routes), []).routes.map(
    ({ destination }) => `${destination.address}/${destination.length}`,
  );

test('a split tunnel has the networks of its server and no default route (rule 106)', () => {
  expect(destinations(true, route('10.99.0.0', '255.255.0.0'), route('0.0.0.0', '0.0.0.0'))).toEqual(['10.99.0.0/16']);
});

test('a split tunnel without networks has its own', () => {
  expect(destinations(true)).toEqual(['10.8.0.0/24']);
});

test('a full tunnel has a default route of its own family', () => {
  expect(destinations(false, route('10.99.0.0', '255.255.0.0'), route('fd00::', '8'))).toEqual([
    '0.0.0.0/0',
    '10.99.0.0/16',
  ]);
});

test('addresses, names and servers are passed on; what cannot be read is left out', () => {
  const servers = ['192.0.2.1'] as unknown as IpAddress[];
  expect(providedIp(properties(true), servers)).toMatchObject({
    addresses: [{ address: '10.8.0.2', prefixLength: 24 }],
    nameservers: ['10.8.0.1'],
    domains: ['corp.example'],
    servers: ['192.0.2.1'],
  });
  const six = new Map([
    [
      'IPv6',
      dict(
        new Map([
          ['Address', str('fd00::2')],
          ['PrefixLength', byte(64)],
        ]),
      ),
    ],
  ]);
  expect(providedIp(six, []).addresses).toEqual([{ address: 'fd00::2', prefixLength: 64 }]);
});
