import type { Result } from '@connman/base';
import { type FrameName, frames, type Message, messages } from '../test/frames';
import { decodeDone, decodeError } from './acknowledgement';
import { decodeAddress } from './address';
import { decodeEvent } from './kernel-event';
import { decodeLink, decodeRouterFlags } from './link';
import { decodeNeighbour } from './neighbour';
import { decodeRoute, type RouteHeader } from './route';
import { decodeRule } from './rule';
import { AttributeReader, MessageReader, MessageWriter, NLMSG_DONE, NLMSG_ERROR } from './wire';

/** What a decoder makes of the entries of a recorded dump. */
function table<T>(
  name: FrameName,
  decode: (bytes: Uint8Array, start: number, end: number) => Result<T | undefined, unknown>,
): T[] {
  const entries: T[] = [];
  for (const { bytes, type, start, end } of messages(frames(name))) {
    if (type === NLMSG_DONE) continue;
    const result = decode(bytes, start, end);
    if (!result.ok) throw new Error(`not decoded: ${JSON.stringify(result.error)}`);
    if (result.value !== undefined) entries.push(result.value);
  }
  return entries;
}

const eth0 = 3;

test('links: name, address, state, master and kind', () => {
  const [lo, peer0, eth, br0] = table('links', decodeLink);
  expect(lo).toMatchObject({ ifindex: 1, name: 'lo', hardwareType: 772, up: true, carrier: true, operstate: 0 });
  expect(peer0).toMatchObject({ name: 'peer0', mac: '02:00:00:00:00:02', master: 4, kind: 'veth' });
  expect(eth).toEqual({
    ifindex: eth0,
    name: 'eth0',
    hardwareType: 1,
    mac: '02:00:00:00:00:01',
    mtu: 1400,
    up: true,
    carrier: true,
    operstate: 6,
    master: 0,
    kind: 'veth',
    vlanId: 0,
    physicalPort: '',
  });
  expect(br0).toMatchObject({ name: 'br0', kind: 'bridge', up: false, carrier: false, operstate: 2 });
});

test('a carrier that the kernel has not acted on yet, or a dormant one, is none', () => {
  const [, , { bytes, start, end }] = messages(frames('links')) as [Message, Message, Message];
  const operstateAt = bytes.findIndex((_, at) => at > start + 16 && bytes[at] === 5 && bytes[at + 2] === 16) + 4;
  const carrierWith = (operstate: number) => {
    const changed = bytes.slice();
    changed[operstateAt] = operstate;
    const result = decodeLink(changed, start, end);
    return result.ok && result.value && [result.value.operstate, result.value.carrier];
  };
  expect([0, 1, 2, 3, 4, 5, 6].map(carrierWith)).toEqual([
    [0, true],
    [1, false],
    [2, false],
    [3, false],
    [4, false],
    [5, false],
    [6, true],
  ]);
});

test.each([
  [0x40, { managed: true, other: false }],
  [0x80, { managed: false, other: true }],
  [0xf0, { managed: true, other: true }],
  [0x30, undefined],
])('the flags of routers in IFLA_INET6_FLAGS %i, told by themselves and with the link', (bits, flags) => {
  const own = new MessageWriter().uint32(0).uint32(7).uint32(0).uint32(0);
  const told = own.attributeNested(12, (inner) => inner.attribute32(1, bits)).finish();
  told[0] = 10;
  expect(decodeRouterFlags(told, 0, told.length)).toEqual({ ifindex: 7, ...(flags && { flags }) });
  for (let end = 0; end < told.length; end++) decodeRouterFlags(told, 0, end);
  const link = new MessageWriter().uint32(0).uint32(7).uint32(0).uint32(0).attributeText(3, 'eth0');
  const whole = link
    .attributeNested(26, (families) => families.attributeNested(10, (inner) => inner.attribute32(1, bits)))
    .finish();
  const decoded = decodeLink(whole, 0, whole.length);
  expect(decoded.ok && decoded.value?.routerFlags).toEqual(flags);
});

test('addresses: both families, lifetimes, the other end of a point-to-point link, who put it there', () => {
  const addresses = table('addresses', decodeAddress).filter(({ ifindex }) => ifindex === eth0);
  expect(addresses).toEqual([
    {
      ifindex: eth0,
      address: '192.0.2.2',
      prefixLength: 24,
      broadcast: '192.0.2.255',
      scope: 0,
      flags: 0,
      validSeconds: 600,
      preferredSeconds: 300,
      protocol: 109,
    },
    {
      ifindex: eth0,
      address: '198.51.100.1',
      prefixLength: 32,
      peer: '198.51.100.2',
      scope: 0,
      flags: 0x80,
      validSeconds: 0xffffffff,
      preferredSeconds: 0xffffffff,
      protocol: 0,
    },
    {
      ifindex: eth0,
      address: '2001:db8::2',
      prefixLength: 64,
      scope: 0,
      flags: 0x82,
      validSeconds: 0xffffffff,
      preferredSeconds: 0xffffffff,
      protocol: 0,
    },
  ]);
});

test('routes: gateways of either family, metrics, tables above 255, several next hops, unreachable ones', () => {
  const routes = table('routes', decodeRoute);
  const to = (address: string, family = 4) =>
    routes.find((route) => route.destination.address === address && route.family === family && route.table !== 255);
  const common = { family: 4, protocol: 3, scope: 0, type: 1, metric: 0, table: 254, ifindex: eth0 };
  expect(to('0.0.0.0')).toEqual({
    ...common,
    destination: { address: '0.0.0.0', length: 0 },
    gateway: '192.0.2.3',
    metric: 20,
    protocol: 109,
  });
  expect(to('203.0.113.0')).toEqual({
    ...common,
    destination: { address: '203.0.113.0', length: 24 },
    gateway: '192.0.2.1',
    table: 1000,
    preferredSource: '192.0.2.2',
    mtu: 1280,
  });
  expect(to('10.0.0.0')).toEqual({
    ...common,
    destination: { address: '10.0.0.0', length: 8 },
    ifindex: 0,
    metric: 5,
    type: 7,
  });
  expect(to('172.16.0.0')).toEqual({
    ...common,
    destination: { address: '172.16.0.0', length: 12 },
    ifindex: 0,
    nextHops: [
      { ifindex: eth0, gateway: '192.0.2.1' },
      { ifindex: eth0, gateway: '198.51.100.2' },
    ],
  });
  expect(to('100.64.0.0')).toMatchObject({ gateway: '2001:db8::1', ifindex: eth0 });
  expect(to('::', 6)).toEqual({
    ...common,
    family: 6,
    destination: { address: '::', length: 0 },
    gateway: '2001:db8::1',
    metric: 1024,
  });
});

test('a route filter sees the header and gets only what it wants', () => {
  const seen: RouteHeader[] = [];
  const wanted = table('routes', (bytes, start, end) =>
    decodeRoute(bytes, start, end, (header) => {
      seen.push({ ...header });
      return header.table === 1000;
    }),
  );
  expect(wanted.map((route) => route.destination.address)).toEqual(['203.0.113.0']);
  expect(seen).toContainEqual({
    family: 4,
    destinationLength: 24,
    table: 1000,
    protocol: 3,
    scope: 0,
    type: 1,
    ifindex: eth0,
  });
  expect(seen).toHaveLength(table('routes', decodeRoute).length);
});

test('rules: everything that is matched', () => {
  expect(table('rules', decodeRule)).toContainEqual({
    family: 4,
    priority: 1000,
    table: 1000,
    action: 1,
    source: { address: '192.0.2.0', length: 24 },
    destination: { address: '203.0.113.0', length: 24 },
    fwmark: 7,
    inputInterface: 'eth0',
    outputInterface: 'eth0',
    protocol: 109,
  });
  expect(table('rules6', decodeRule)).toContainEqual({
    family: 6,
    priority: 1001,
    table: 200,
    action: 1,
    source: { address: '2001:db8::', length: 64 },
    fwmark: 0,
    inputInterface: '',
    outputInterface: '',
    protocol: 0,
  });
});

test('neighbours: those that answered and those that did not', () => {
  const neighbours = [...table('neighbours', decodeNeighbour), ...table('neighbours6', decodeNeighbour)];
  expect(neighbours).toContainEqual({ ifindex: eth0, address: '192.0.2.1', mac: '02:00:00:00:00:09', state: 0x80 });
  expect(neighbours).toContainEqual({ ifindex: eth0, address: '192.0.2.77', mac: '', state: 0x20 });
  expect(neighbours).toContainEqual({ ifindex: eth0, address: '2001:db8::1', mac: '02:00:00:00:00:0a', state: 0x02 });
});

test("an acknowledgement tells errno and the kernel's words, whether the request is quoted or not", () => {
  const decoded = ({ bytes, type, flags, start, end }: Message) => {
    expect(type).toBe(NLMSG_ERROR);
    return decodeError(bytes, flags, start, end);
  };
  const refusal = { errno: 22, message: 'mtu greater than device maximum' };
  expect(messages(frames('acknowledgements')).map(decoded)).toEqual([refusal, { errno: 0, message: '' }]);
  expect(messages(frames('error-uncapped')).map(decoded)).toEqual([refusal]);
});

test('the end of a dump tells its error too', () => {
  const [missing] = messages(frames('dump-of-missing-table'));
  if (!missing) throw new Error('no message');
  const { bytes, type, flags, start, end } = missing;
  const decode = type === NLMSG_DONE ? decodeDone : decodeError;
  expect(decode(bytes, flags, start, end)?.errno).toBe(2);
  const last = messages(frames('links')).at(-1);
  if (last?.type !== NLMSG_DONE) throw new Error('the dump has no end');
  expect(decodeDone(last.bytes, last.flags, last.start, last.end)).toEqual({ errno: 0, message: '' });
  expect(decodeDone(new Uint8Array(16), 0, 16, 16)).toEqual({ errno: 0, message: '' });
});

test('events: a bridge that speaks of its port does not make the port a new link, nor a gone one', () => {
  const AF_BRIDGE = 7;
  const bridgeMessages = messages(frames('events')).filter(
    ({ bytes, type, start }) => (type === 16 || type === 17) && bytes[start] === AF_BRIDGE,
  );
  expect(new Set(bridgeMessages.map(({ type }) => type))).toEqual(new Set([16, 17]));
  for (const { bytes, start, end } of bridgeMessages) {
    expect(decodeLink(bytes, start, end)).toEqual({ ok: true, value: undefined });
  }
});

test('events: each kind is told, a replaced route says so', () => {
  const events = frames('events').flatMap((bytes) => {
    const reader = new MessageReader(bytes);
    const found = [];
    while (reader.next()) {
      const event = decodeEvent(reader);
      if (!event.ok) throw new Error(event.error.reason);
      if (event.value) found.push(event.value);
    }
    return found;
  });
  expect(new Set(events.map(({ kind }) => kind))).toEqual(
    new Set(['link', 'link-gone', 'address', 'address-gone', 'route', 'route-gone']),
  );
  expect(events).toContainEqual({ kind: 'link-gone', ifindex: eth0, name: 'eth0' });
  const replacing = events.filter((event) => event.kind === 'route' && event.replaces);
  expect(replacing).toMatchObject([{ route: { gateway: '192.0.2.3', metric: 20 } }]);
});

test('the VLAN id is told for VLANs and for no other kind', () => {
  const info = (kind: string) => {
    const header = new Uint8Array(16);
    header[4] = 9;
    const name = [8, 0, 3, 0, 0x76, 0x35, 0, 0];
    const kindText = [...Buffer.from(`${kind}\0\0\0`.slice(0, 8))];
    // IFLA_LINKINFO { IFLA_INFO_KIND, IFLA_INFO_DATA { 1: 0x0005 } }
    const data = [12, 0, 2, 0x80, 6, 0, 1, 0, 5, 0, 0, 0];
    const nested = [4 + 12 + 12, 0, 18, 0x80, 12, 0, 1, 0, ...kindText, ...data];
    const bytes = Uint8Array.from([...header, ...name, ...nested]);
    return decodeLink(bytes, 0, bytes.length);
  };
  expect(info('vlan\0')).toMatchObject({ ok: true, value: { ifindex: 9, name: 'v5', kind: 'vlan', vlanId: 5 } });
  expect(info('macvlan')).toMatchObject({ ok: true, value: { kind: 'macvlan', vlanId: 0 } });
});

test('attributes that do not fit end the walk', () => {
  const walk = (...bytes: number[]) => {
    const reader = new AttributeReader(Uint8Array.from(bytes), 0, bytes.length);
    const types: number[] = [];
    while (reader.next()) types.push(reader.type);
    return types;
  };
  expect(walk(4, 0, 1, 0, 4, 0, 2, 0)).toEqual([1, 2]);
  expect(walk(4, 0, 1, 0, 3, 0, 2, 0)).toEqual([1]);
  expect(walk(4, 0, 1, 0, 9, 0, 2, 0)).toEqual([1]);
  expect(walk(0, 0, 0, 0)).toEqual([]);
  expect(walk(5, 0, 1, 0, 9)).toEqual([1]);
});
