import type { Instant } from '@connman/base';
import { parseIp, parsePrefix } from '@connman/inet';
import { composeAddresses, composeRoutes, lowPriorityMetric } from './compose';
import type { Contribution } from './contribution';
import type { DesiredRoute } from './desired';

const ip = (text: string) => parseIp(text) ?? fail(text);
const net = (text: string) => parsePrefix(text) ?? fail(text);
const fail = (text: string): never => {
  throw new Error(text);
};

/** `contribution('10.0.0.5/24', ['0.0.0.0/0 10.0.0.1', '10.9.0.0/16'], ['9.9.9.9'])` */
function contribution(
  address: string,
  routes: readonly string[] = [],
  nameservers: readonly string[] = [],
): Contribution {
  const { address: own, length } = net(address);
  return {
    source: 'dhcp4',
    addresses: [{ address: own, prefixLength: length }],
    routes: routes.map((text) => {
      const [destination = '', gateway] = text.split(' ');
      return { destination: net(destination), ...(gateway !== undefined && { gateway: ip(gateway) }) };
    }),
    nameservers: nameservers.map(ip),
    domains: [],
    timeservers: [],
    mtu: 0,
  };
}

const inWords = ({ ifindex, destination, gateway, metric }: DesiredRoute) =>
  `${ifindex} ${destination.address}/${destination.length} ${gateway ?? 'on link'} ${metric >= 2 ** 20 ? 'low' : metric}`;

const compose = (...contributions: Contribution[]) =>
  composeRoutes(contributions.map((one, i) => ({ ifindex: i + 1, contributions: [one] }))).map(inWords);

const anywhere = '0.0.0.0/0';

test('the first service has the default route without metric, each other one of low priority', () => {
  const routes = compose(
    contribution('10.0.0.5/24', [`${anywhere} 10.0.0.1`]),
    contribution('10.1.0.5/24', [`${anywhere} 10.1.0.1`]),
    contribution('10.2.0.5/24', [`${anywhere} 10.2.0.1`]),
  );
  expect(routes).toEqual(['1 0.0.0.0/0 10.0.0.1 0', '2 0.0.0.0/0 10.1.0.1 low', '3 0.0.0.0/0 10.2.0.1 low']);
});

test.each([
  [1, 2 ** 32 - 1 - 1024],
  [3, 2 ** 32 - 1 - 3072],
  [5_000_000, 2 ** 20],
])('the low priority of link %i is the metric %i (rule 101)', (ifindex, metric) => {
  expect(lowPriorityMetric(ifindex)).toBe(metric);
});

test('a second IPv6 uplink keeps a default route of low priority, too', () => {
  const second = contribution('2001:db8:2::5/64', ['::/0 2001:db8:2::1', '2001:db8:9::/48 2001:db8:2::2']);
  expect(compose(contribution('2001:db8:1::5/64', ['::/0 2001:db8:1::1']), second)).toEqual([
    '1 ::/0 2001:db8:1::1 1024',
    '2 ::/0 2001:db8:2::1 low',
    '2 2001:db8:9::/48 2001:db8:2::2 1024',
  ]);
});

test('a gateway outside the network of the address is made reachable first, once', () => {
  const routes = compose(contribution('10.0.0.5/32', [`${anywhere} 192.0.2.1`, '10.9.0.0/16 192.0.2.1']));
  expect(routes).toEqual(['1 192.0.2.1/32 on link 0', '1 0.0.0.0/0 192.0.2.1 0', '1 10.9.0.0/16 192.0.2.1 0']);
});

test('a link-local IPv6 gateway is on the link anyway, another one gets a way with the metric the kernel would give it', () => {
  expect(compose(contribution('2001:db8::5/64', ['::/0 fe80::1']))).toEqual(['1 ::/0 fe80::1 1024']);
  expect(compose(contribution('2001:db8::5/128', ['::/0 2001:db8::1']))).toEqual([
    '1 2001:db8::1/128 on link 1024',
    '1 ::/0 2001:db8::1 1024',
  ]);
});

test('destinations on the link come before the routes whose gateway may lie in them', () => {
  expect(compose(contribution('10.0.0.5/32', ['10.7.0.0/16 10.8.0.1', '10.8.0.0/24', `${anywhere} 10.8.0.1`]))[0]).toBe(
    '1 10.8.0.1/32 on link 0',
  );
});

test('name servers beyond their link get a way by it, unless theirs is the default service or one before has them', () => {
  const routes = compose(
    contribution('10.0.0.5/24', [`${anywhere} 10.0.0.1`], ['8.8.8.8']),
    contribution('10.1.0.5/24', [`${anywhere} 10.1.0.1`], ['8.8.8.8', '9.9.9.9', '10.1.0.53']),
    contribution('10.2.0.5/24', [], ['1.1.1.1']),
  );
  expect(routes).toEqual(['1 0.0.0.0/0 10.0.0.1 0', '2 0.0.0.0/0 10.1.0.1 low', '2 9.9.9.9/32 10.1.0.1 0']);
});

test('a name server that the lease has a route to needs no second one', () => {
  const first = contribution('10.0.0.5/24', [`${anywhere} 10.0.0.1`]);
  const second = contribution('10.1.0.5/24', [`${anywhere} 10.1.0.1`, '9.9.9.9/32 10.1.0.2'], ['9.9.9.9']);
  expect(compose(first, second)).toEqual([
    '1 0.0.0.0/0 10.0.0.1 0',
    '2 0.0.0.0/0 10.1.0.1 low',
    '2 9.9.9.9/32 10.1.0.2 0',
  ]);
});

test('each family has its own default: the first service that has a way out by it', () => {
  const only4 = contribution('10.0.0.5/24', [`${anywhere} 10.0.0.1`]);
  const only6 = contribution('2001:db8:2::5/64', ['::/0 2001:db8:2::1']);
  expect(compose(only4, only6)).toEqual(['1 0.0.0.0/0 10.0.0.1 0', '2 ::/0 2001:db8:2::1 1024']);
});

test('addresses are taken over with their lifetimes, each on its link', () => {
  const until = 5000 as Instant;
  const first = contribution('10.0.0.5/24');
  const leased = { ...first, addresses: first.addresses.map((own) => ({ ...own, validUntil: until })) };
  const shares = [
    { ifindex: 7, contributions: [leased, contribution('2001:db8::5/64')] },
    { ifindex: 8, contributions: [contribution('10.1.0.5/24')] },
  ];
  expect(composeAddresses(shares)).toEqual([
    { ifindex: 7, address: '10.0.0.5', prefixLength: 24, validUntil: until },
    { ifindex: 7, address: '2001:db8::5', prefixLength: 64 },
    { ifindex: 8, address: '10.1.0.5', prefixLength: 24 },
  ]);
});
