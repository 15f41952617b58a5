import { type IpAddress, parseIp, parseMac, parsePrefix } from '@connman/inet';
import { ifindexOf, inNewNamespace, ip, type Listener, listen, must } from '../test/kernel';
import { addAddress, putAddress, removeAddress } from './address';
import { addBridge, removeLink, setLink } from './link';
import { isUnresolved, removeNeighbour } from './neighbour';
import { addRoute, appendRoute, type RouteSpecification, removeRoute, replaceRoute } from './route';
import { addRule, removeRule } from './rule';

inNewNamespace();

function address(text: string): IpAddress {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`${text} is no address`);
  return parsed;
}

function prefix(text: string) {
  const parsed = parsePrefix(text);
  if (!parsed) throw new Error(`${text} is no prefix`);
  return parsed;
}

let listener: Listener;
let eth0: number;
beforeEach(() => {
  ip('link add eth0 type veth peer name peer0');
  for (const name of ['eth0', 'peer0']) ip(`link set ${name} addrgenmode none`);
  ip('link set peer0 up');
  listener = listen();
  eth0 = ifindexOf(listener.socket, 'eth0');
});
afterEach(() => {
  listener.socket.close();
  ip('link del eth0');
});

const own = 109;

test('a link is switched on and its carrier is told, then off again', async () => {
  const { socket, tables, until } = listener;
  expect(tables.links.get(eth0)).toMatchObject({ name: 'eth0', up: false, carrier: false, kind: 'veth' });
  must(socket.change(setLink(eth0, { up: true, mtu: 1280 })));
  await until(() => tables.links.get(eth0)?.operstate === 6);
  expect(tables.links.get(eth0)).toMatchObject({ up: true, carrier: true, mtu: 1280 });
  must(socket.change(setLink(eth0, { up: false })));
  await until(() => tables.links.get(eth0)?.up === false);
});

test('a link is looked up by its name, without the others', () => {
  const { socket } = listener;
  expect(must(socket.link('eth0'))).toMatchObject({ ifindex: eth0, name: 'eth0', kind: 'veth' });
  expect(socket.link('eth7')).toMatchObject({ ok: false, error: { code: 'ENODEV', object: 'link eth7' } });
});

test('a bridge keeps the address it was made with while ports come and go, and forwards without delay', async () => {
  const { socket, tables, until } = listener;
  const mac = parseMac('02:00:5e:00:53:01');
  if (!mac) throw new Error('no MAC');
  must(socket.change(addBridge('tether', mac)));
  const bridge = ifindexOf(socket, 'tether');
  must(socket.change(setLink(eth0, { up: true, master: bridge })));
  await until(() => tables.links.get(eth0)?.master === bridge);
  expect(ip('-d link show tether')).toMatch(/forward_delay 0 /);
  must(socket.change(setLink(eth0, { master: 0 })));
  await until(() => tables.links.get(eth0)?.master === 0);
  expect(tables.links.get(bridge)).toMatchObject({ kind: 'bridge', mac });
  must(socket.change(removeLink(bridge)));
  await until(() => !tables.links.has(bridge));
});

test('a dormant link has no carrier until it is authorised', async () => {
  const { tables, until } = listener;
  ip('link set eth0 mode dormant');
  ip('link set eth0 up');
  await until(() => tables.links.get(eth0)?.operstate === 5);
  expect(tables.links.get(eth0)).toMatchObject({ up: true, carrier: false });
  ip('link set eth0 state up');
  await until(() => tables.links.get(eth0)?.operstate === 6);
  expect(tables.links.get(eth0)).toMatchObject({ up: true, carrier: true });
});

test('addresses of both families are added, renewed and removed, and each step is told', async () => {
  const { socket, tables, until } = listener;
  must(socket.change(setLink(eth0, { up: true })));
  const four = { ifindex: eth0, address: address('192.0.2.2'), prefixLength: 24 };
  const six = { ifindex: eth0, address: address('2001:db8::2'), prefixLength: 64, flags: 2 };
  must(socket.change(putAddress({ ...four, broadcast: address('192.0.2.255'), protocol: own, validSeconds: 60 })));
  must(socket.change(addAddress(six)));
  await until(() => tables.addresses.has(`${eth0} 2001:db8::2/64`));
  expect(tables.addresses.get(`${eth0} 192.0.2.2/24`)).toMatchObject({
    broadcast: '192.0.2.255',
    protocol: own,
    validSeconds: 60,
    preferredSeconds: 60,
  });

  must(socket.change(putAddress({ ...four, protocol: own, validSeconds: 600, preferredSeconds: 300 })));
  await until(() => tables.addresses.get(`${eth0} 192.0.2.2/24`)?.validSeconds === 600);
  expect(must(socket.addresses({ ifindex: eth0, family: 4 }))).toMatchObject([{ preferredSeconds: 300 }]);

  must(socket.change(removeAddress(four)));
  must(socket.change(removeAddress(six)));
  await until(() => tables.addresses.size === must(socket.addresses()).length);
  expect(must(socket.addresses({ ifindex: eth0 }))).toEqual([]);
});

test('routes are added, appended, replaced in one step, and removed', async () => {
  const { socket, tables, until } = listener;
  must(socket.change(setLink(eth0, { up: true })));
  must(socket.change(addAddress({ ifindex: eth0, address: address('192.0.2.2'), prefixLength: 24 })));
  const route: RouteSpecification = {
    family: 4,
    destination: prefix('0.0.0.0/0'),
    gateway: address('192.0.2.1'),
    ifindex: eth0,
    metric: 20,
    protocol: own,
  };
  const other = { ...route, gateway: address('192.0.2.3') };
  const defaults = () =>
    must(socket.routes({ family: 4, table: 254, protocol: own })).map(({ gateway, metric }) => `${gateway} ${metric}`);

  must(socket.change(addRoute(route)));
  expect(socket.change(addRoute(other))).toMatchObject({ ok: false, error: { code: 'EEXIST' } });
  must(socket.change(appendRoute(other)));
  expect(defaults()).toEqual(['192.0.2.1 20', '192.0.2.3 20']);
  must(socket.change(removeRoute(other)));
  must(socket.change(replaceRoute(other)));
  expect(defaults()).toEqual(['192.0.2.3 20']);
  await until(() => listener.events.some((event) => event.kind === 'route' && event.replaces));
  must(socket.change(removeRoute(other)));
  expect(defaults()).toEqual([]);
  await until(() => ![...tables.routes.values()].some(({ protocol }) => protocol === own));
});

test('a route may have its own MTU, source and table, go nowhere, or through a gateway the prefix does not hold', () => {
  const { socket } = listener;
  must(socket.change(setLink(eth0, { up: true })));
  must(socket.change(addAddress({ ifindex: eth0, address: address('192.0.2.2'), prefixLength: 24 })));
  must(socket.change(addAddress({ ifindex: eth0, address: address('2001:db8::2'), prefixLength: 64, flags: 2 })));
  const results = socket.changeAll([
    addRoute({
      family: 4,
      destination: prefix('203.0.113.0/24'),
      gateway: address('192.0.2.1'),
      ifindex: eth0,
      table: 1000,
      preferredSource: address('192.0.2.2'),
      mtu: 1280,
    }),
    addRoute({ family: 4, destination: prefix('203.0.113.0/25'), ifindex: 0, type: 7, table: 1000 }),
    addRoute({
      family: 4,
      destination: prefix('203.0.113.128/25'),
      gateway: address('198.51.100.1'),
      ifindex: eth0,
      onLink: true,
      table: 1000,
    }),
    addRoute({
      family: 4,
      destination: prefix('203.0.113.64/26'),
      gateway: address('2001:db8::1'),
      ifindex: eth0,
      table: 1000,
    }),
    addRoute({
      family: 6,
      destination: prefix('::/0'),
      gateway: address('2001:db8::1'),
      ifindex: eth0,
      metric: 20,
      table: 1000,
      preference: 1,
    }),
  ]);
  expect(results).toEqual(results.map(() => ({ ok: true, value: undefined })));
  const routes = must(socket.routes({ table: 1000 }));
  expect(routes.find(({ mtu }) => mtu)).toMatchObject({ preferredSource: '192.0.2.2', mtu: 1280, table: 1000 });
  expect(routes.find(({ type }) => type === 7)).toMatchObject({ ifindex: 0 });
  expect(routes.map(({ gateway }) => gateway ?? 'none').sort()).toEqual([
    '192.0.2.1',
    '198.51.100.1',
    '2001:db8::1',
    '2001:db8::1',
    'none',
  ]);
});

test('rules are added and removed, for either family', () => {
  const { socket } = listener;
  const four = {
    family: 4,
    priority: 1000,
    table: 1000,
    source: prefix('192.0.2.0/24'),
    destination: prefix('203.0.113.0/24'),
    fwmark: 7,
    inputInterface: 'eth0',
    outputInterface: 'eth0',
    protocol: own,
  } as const;
  const six = {
    family: 6,
    priority: 1001,
    table: 109_000_003,
    source: prefix('2001:db8::/64'),
    suppressPrefixLength: 0,
    users: { from: 1000, to: 1002 },
  } as const;
  must(socket.change(addRule(four)));
  must(socket.change(addRule(six)));
  expect(must(socket.rules())).toContainEqual({ ...four, action: 1 });
  expect(must(socket.rules()).find(({ priority }) => priority === 1001)).toMatchObject(six);
  expect(socket.change(addRule(four))).toMatchObject({ ok: false, error: { code: 'EEXIST' } });
  must(socket.change(removeRule(four)));
  must(socket.change(removeRule(six)));
  expect(must(socket.rules()).filter(({ priority }) => priority === 1000 || priority === 1001)).toEqual([]);
});

test('rules are heard of as they come and go, those of interest alone', async () => {
  const ours = listen({ interestedInRule: ({ protocol }) => protocol === own });
  const rule = { family: 4, priority: 1000, table: 1000, protocol: own } as const;
  must(ours.socket.change(addRule({ ...rule, priority: 999, protocol: 4 })));
  must(ours.socket.change(addRule(rule)));
  must(ours.socket.change(removeRule(rule)));
  await ours.until(() => ours.events.some(({ kind }) => kind === 'rule-gone'));
  expect(ours.events.filter(({ kind }) => kind.startsWith('rule'))).toMatchObject([
    { kind: 'rule', rule },
    { kind: 'rule-gone', rule },
  ]);
  expect(must(ours.socket.snapshot()).rules).toEqual([]);
  must(ours.socket.change(removeRule({ ...rule, priority: 999, protocol: 4 })));
  ours.socket.close();
});

test('neighbours of one link are told, and those of others are not', () => {
  must(listener.socket.change(setLink(eth0, { up: true })));
  ip('neighbour add 192.0.2.1 dev eth0 lladdr 02:00:00:00:00:09 nud permanent');
  ip('neighbour add 192.0.2.1 dev peer0 lladdr 02:00:00:00:00:0a nud permanent');
  ip('neighbour add 2001:db8::1 dev eth0 lladdr 02:00:00:00:00:0b nud permanent');
  const neighbours = must(listener.socket.neighbours(eth0)).filter(({ state }) => state === 0x80);
  expect(neighbours).toEqual([
    { ifindex: eth0, address: '192.0.2.1', mac: '02:00:00:00:00:09', state: 0x80 },
    { ifindex: eth0, address: '2001:db8::1', mac: '02:00:00:00:00:0b', state: 0x80 },
  ]);
});

test('a neighbour that does not answer is unresolved, and forgotten alone', () => {
  const { socket } = listener;
  must(socket.change(setLink(eth0, { up: true })));
  ip('neighbour add 192.0.2.1 dev eth0 lladdr 02:00:00:00:00:09 nud permanent');
  ip('neighbour add 192.0.2.2 dev eth0 nud failed');
  ip('neighbour add 2001:db8::2 dev eth0 nud failed');
  const unresolved = must(socket.neighbours(eth0)).filter(isUnresolved);
  expect(unresolved.map(({ address }) => address)).toEqual(['192.0.2.2', '2001:db8::2']);
  for (const neighbour of unresolved) must(socket.change(removeNeighbour(neighbour)));
  const left = must(socket.neighbours(eth0)).map(({ address }) => address);
  expect(left).toContain('192.0.2.1');
  expect(left).not.toContain('192.0.2.2');
  expect(left).not.toContain('2001:db8::2');
});

test('a link that is gone and a table that is not there have nothing', () => {
  const { socket } = listener;
  expect(must(socket.addresses({ ifindex: 9999 }))).toEqual([]);
  expect(must(socket.routes({ ifindex: 9999 }))).toEqual([]);
  expect(must(socket.neighbours(9999))).toEqual([]);
  expect(must(socket.routes({ table: 4242, family: 4 }))).toEqual([]);
});

test("a refusal is an OsError with what was done, to what, and the kernel's own words", () => {
  const { socket } = listener;
  const messageOf = (result: ReturnType<typeof socket.change>) => (result.ok ? 'done' : result.error.message);
  expect(messageOf(socket.change(setLink(eth0, { mtu: 10_000_000 })))).toBe(
    `link ${eth0}: MTU 10000000 failed: EINVAL (mtu greater than device maximum)`,
  );
  expect(messageOf(socket.change(setLink(9999, { up: true })))).toMatch(/^link 9999: switching it on failed: ENODEV/);
  must(socket.change(setLink(eth0, { up: true })));
  const unreachable = {
    family: 4,
    destination: prefix('0.0.0.0/0'),
    gateway: address('198.51.100.1'),
    ifindex: eth0,
  } as const;
  expect(messageOf(socket.change(addRoute(unreachable)))).toBe(
    `link ${eth0}: 0.0.0.0/0 via 198.51.100.1: adding the route failed: ENETUNREACH (Nexthop has invalid gateway)`,
  );
  const absent = { ifindex: eth0, address: address('192.0.2.9'), prefixLength: 24 };
  expect(messageOf(socket.change(removeAddress(absent)))).toMatch(
    `link ${eth0}: 192.0.2.9/24: removing the address failed: EADDRNOTAVAIL`,
  );
});

test('of a batch each change has its own result, and one that fails does not stop the others', () => {
  const { socket } = listener;
  const put = (i: number) =>
    addAddress({ ifindex: eth0, address: address(`10.0.${i >> 8}.${i & 255}`), prefixLength: 32 });
  // More than one datagram holds, one of three asked for twice.
  const results = socket.changeAll(Array.from({ length: 300 }, (_, i) => put(i % 3 === 2 ? i - 1 : i)));
  expect(results).toHaveLength(300);
  results.forEach((result, i) => {
    expect(result.ok ? 'done' : result.error.code).toBe(i % 3 === 2 ? 'EEXIST' : 'done');
  });
  expect(must(socket.addresses({ ifindex: eth0 }))).toHaveLength(200);
  expect(socket.changeAll([])).toEqual([]);
});

test('events that have happened are delivered at once on request, but not from within an event', () => {
  const { socket, events } = listener;
  must(socket.change(setLink(eth0, { mtu: 1400 })));
  expect(events).toEqual([]);
  socket.drainEvents();
  expect(events.at(-1)).toMatchObject({ kind: 'link', link: { mtu: 1400 } });
});

test('routes that are of no interest are neither in a snapshot nor told', async () => {
  const picky = listen({
    interestedInRoute: (header) => header.table === 254 && header.protocol === own,
    routesOfSnapshot: [{ table: 254, family: 4 }],
  });
  const { socket } = listener;
  must(socket.change(setLink(eth0, { up: true })));
  must(socket.change(addAddress({ ifindex: eth0, address: address('192.0.2.2'), prefixLength: 24 })));
  ip('route add 10.1.0.0/16 via 192.0.2.1 proto static');
  ip(`route add 10.2.0.0/16 via 192.0.2.1 proto ${own}`);
  ip(`route add 10.3.0.0/16 via 192.0.2.1 proto ${own} table 1000`);
  await picky.until(() => picky.tables.routes.size > 0);
  const wanted = [expect.objectContaining({ destination: { address: '10.2.0.0', length: 16 } })];
  expect(must(picky.socket.snapshot()).routes).toEqual(wanted);
  ip('link set eth0 mtu 1399');
  await picky.until(() => picky.tables.links.get(eth0)?.mtu === 1399);
  expect([...picky.tables.routes.values()]).toEqual(wanted);
  picky.socket.close();
});

test('a dump that skims tells default routes and the protocol of interest, and nothing else', () => {
  const skimming = listen({ skimRoutesBut: own, routesOfSnapshot: [{ table: 254 }] });
  const { socket } = listener;
  must(socket.change(setLink(eth0, { up: true })));
  must(socket.change(addAddress({ ifindex: eth0, address: address('192.0.2.2'), prefixLength: 24 })));
  ip('route add 10.1.0.0/16 via 192.0.2.1 proto static');
  ip(`route add 10.2.0.0/16 via 192.0.2.1 proto ${own}`);
  ip('route add 10.3.0.0/16 via 192.0.2.1 proto static');
  ip('route add default via 192.0.2.1 proto static');
  ip('route add 10.4.0.0/16 via 192.0.2.1 proto static');
  const told = must(skimming.socket.snapshot()).routes.map(({ destination }) => destination.address);
  expect(told.sort()).toEqual(['0.0.0.0', '10.2.0.0']);
  expect(must(skimming.socket.routes({ table: 254, family: 4 }))).toHaveLength(2);
  skimming.socket.close();
});

test('a bridge port does not become a new link, nor does it vanish when it leaves the bridge', async () => {
  const { tables, until, events } = listener;
  ip('link add br0 type bridge');
  ip('link set eth0 master br0');
  await until(() => (tables.links.get(eth0)?.master ?? 0) > 0);
  ip('link set eth0 nomaster');
  await until(() => tables.links.get(eth0)?.master === 0);
  ip('link del br0');
  await until(() => events.some((event) => event.kind === 'link-gone' && event.name === 'br0'));
  expect(tables.links.get(eth0)).toMatchObject({ name: 'eth0', kind: 'veth' });
  expect(events.filter((event) => event.kind === 'link-gone')).toHaveLength(1);
});

test('a link that is renamed keeps its index and is told under its new name', async () => {
  const { tables, until } = listener;
  ip('link set eth0 name lan0');
  await until(() => tables.links.get(eth0)?.name === 'lan0');
  ip('link set lan0 name eth0');
});
