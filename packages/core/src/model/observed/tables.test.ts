import { type Instant, instant } from '@connman/base';
import { parseIp, parsePrefix } from '@connman/inet';
import type { AddressFact, LinkFact, RouteFact } from '@connman/netlink';
import * as tables from './tables';

const fail = (text: string): never => {
  throw new Error(text);
};
const link = (ifindex: number, up = true): LinkFact => ({
  ifindex,
  name: `eth${ifindex}`,
  hardwareType: 1,
  mac: '',
  mtu: 1500,
  up,
  carrier: up,
  operstate: up ? 6 : 2,
  master: 0,
  kind: '',
  vlanId: 0,
  physicalPort: '',
});
const address = (ifindex: number, text: string, validSeconds = 0xffffffff): AddressFact => {
  const { address: own, length } = parsePrefix(text) ?? fail(text);
  return {
    ifindex,
    address: own,
    prefixLength: length,
    scope: 0,
    flags: 0,
    validSeconds,
    preferredSeconds: validSeconds,
    protocol: 0,
  };
};
const route = (ifindex: number, gateway: string, metric = 0, destination?: string): RouteFact => {
  const family = gateway.includes(':') ? 6 : 4;
  const anywhere = family === 6 ? '::/0' : '0.0.0.0/0';
  return {
    family,
    destination: parsePrefix(destination ?? anywhere) ?? fail(gateway),
    gateway: parseIp(gateway) ?? fail(gateway),
    ifindex,
    metric,
    table: 254,
    protocol: 3,
    scope: 0,
    type: 1,
  };
};

const now = instant(1000);

function filled() {
  const observed = tables.emptyObserved();
  tables.observeLink(observed, link(1));
  tables.observeLink(observed, link(2));
  tables.observeAddress(observed, address(1, '10.0.0.5/24', 60), now);
  tables.observeAddress(observed, address(1, '2001:db8::5/64'), now);
  tables.observeAddress(observed, address(2, '10.1.0.5/24'), now);
  tables.observeRoute(observed, route(1, '10.0.0.1'), false);
  tables.observeRoute(observed, route(1, 'fe80::1', 1024), false);
  tables.observeRoute(observed, route(2, '10.1.0.1', 50), false);
  return observed;
}

const gateways = (observed: tables.Observed) => [...observed.routes.values()].map((one) => one.gateway);
const addresses = (observed: tables.Observed) => [...observed.addresses.values()].map((one) => one.address);

test('a lifetime becomes the moment of its end', () => {
  const [leased, forever] = [...filled().addresses.values()];
  expect([leased?.validUntil, forever?.validUntil]).toEqual([61_000 as Instant, undefined]);
});

test('a link that is switched off has lost its IPv4 routes, of which the kernel says nothing', () => {
  const observed = filled();
  tables.observeLink(observed, link(1, false));
  expect(gateways(observed)).toEqual(['fe80::1', '10.1.0.1']);
  expect(addresses(observed)).toHaveLength(3);
});

test('the last IPv4 address of a link takes its IPv4 routes along, one before the last does not', () => {
  const observed = filled();
  tables.observeAddress(observed, address(1, '192.0.2.7/24'), now);
  tables.forgetAddress(observed, address(1, '10.0.0.5/24'));
  tables.forgetAddress(observed, address(1, '2001:db8::5/64'));
  expect(gateways(observed)).toContain('10.0.0.1');
  tables.forgetAddress(observed, address(1, '192.0.2.7/24'));
  expect(gateways(observed)).toEqual(['fe80::1', '10.1.0.1']);
});

test('a link that is gone takes everything of its own along', () => {
  const observed = filled();
  tables.forgetLink(observed, 1);
  expect([gateways(observed), addresses(observed), [...observed.links.keys()]]).toEqual([
    ['10.1.0.1'],
    ['10.1.0.5'],
    [2],
  ]);
  expect([...tables.addressesOf(observed, 1)]).toEqual([]);
});

test('the addresses of one link are found by it', () => {
  const observed = filled();
  expect([...tables.addressesOf(observed, 1)].map((one) => one.address)).toEqual(['10.0.0.5', '2001:db8::5']);
  tables.observeAddress(observed, address(1, '10.0.0.5/24', 600), now);
  expect([...tables.addressesOf(observed, 1)]).toHaveLength(2);
  expect([...tables.addressesOf(observed, 9)]).toEqual([]);
});

describe('a route that replaces another', () => {
  test('takes the place of the only one with its destination and metric', () => {
    const observed = filled();
    expect(tables.observeRoute(observed, route(2, '10.1.0.1'), true)).toBe(true);
    expect(gateways(observed)).toEqual(['fe80::1', '10.1.0.1', '10.1.0.1']);
  });

  test('leaves those with another metric or destination', () => {
    const observed = filled();
    tables.observeRoute(observed, route(1, '10.0.0.2', 0, '10.7.0.0/16'), false);
    expect(tables.observeRoute(observed, route(1, '10.0.0.9', 7), true)).toBe(true);
    expect(gateways(observed)).toHaveLength(5);
  });

  test('cannot be understood when it may have been one of several', () => {
    const observed = filled();
    tables.observeRoute(observed, route(1, '10.0.0.2'), false);
    expect(tables.observeRoute(observed, route(1, '10.0.0.3'), true)).toBe(false);
  });

  test('cannot be understood for IPv6, which replaces several at once', () => {
    const observed = filled();
    expect(tables.observeRoute(observed, route(1, 'fe80::2', 1024), true)).toBe(false);
    expect(tables.observeRoute(observed, route(1, 'fe80::3', 99), true)).toBe(true);
  });
});

test('a fresh picture is all there is', () => {
  const observed = filled();
  tables.replaceAll(observed, { links: [link(2)], addresses: [address(2, '10.1.0.9/24')], routes: [] }, now);
  expect([[...observed.links.keys()], addresses(observed), gateways(observed)]).toEqual([[2], ['10.1.0.9'], []]);
  expect([...tables.addressesOf(observed, 1)]).toEqual([]);
});

test.each([
  [{ destinationLength: 0, table: 254, protocol: 9 }, true],
  [{ destinationLength: 24, table: 254, protocol: 109 }, true],
  [{ destinationLength: 24, table: 254, protocol: 3 }, false],
  [{ destinationLength: 0, table: 255, protocol: 109 }, false],
])('of interest are default routes and our own, of the main table: %o %s', (header, expected) => {
  expect(tables.isRouteOfInterest(header)).toBe(expected);
});
