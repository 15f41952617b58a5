/** One cable: from the plug to online and back. */
import type { IpAddress, MacAddress, Prefix } from '@connman/inet';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online } from './begin';

test('a link is switched on at the start and waits for its cable', () => {
  const bench = new Bench();
  bench.addLink('eth0', { plugged: false });
  bench.start();
  expect(bench.done()).toEqual(['set-link eth0 up']);
  expect(bench.service('eth0')).toBeUndefined();
  expect(bench.daemon.engine.deadline()).toBeUndefined();
});

test('a cable is plugged in: DHCP, then address and route, then the online check', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0', { plugged: false });
  bench.start();
  bench.done();
  bench.kernel.plug(eth0, true);
  expect(bench.done()).toEqual(['dhcp-start eth0']);
  expect(bench.pending('eth0')).toEqual(['no-lease', 'no-router-advertisement']);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  expect(bench.done()).toEqual([
    'put-address eth0 10.0.0.5/24 for 3600 s',
    'add-route eth0 default via 10.0.0.1',
    'check eth0 IPv4',
  ]);
  expect(bench.state('eth0')).toBe('ready');
  bench.advance(20);
  expect(bench.state('eth0')).toBe('online');
  expect(bench.routes()).toEqual(['default via 10.0.0.1 eth0']);
});

test('a service is ready when the kernel shows its address and route, not when they were asked for', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.kernel.fault = (request) => (request === 'put-route' ? 'ENOBUFS' : undefined);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  expect(bench.state('eth0')).toBe('configuration');
  expect(bench.pending('eth0')).toEqual(['no-gateway-route', 'no-router-advertisement']);
  bench.kernel.fault = () => undefined;
  bench.advance(1000);
  expect(bench.state('eth0')).toBe('online');
});

test('without a gateway in the lease the address alone makes it ready', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.bound(eth0, { ...leaseOf('10.0.0.5'), routes: [] });
  expect(bench.state('eth0')).toBe('ready');
  expect(bench.service('eth0')?.hasUplink).toBe(false);
});

test('a gateway outside the network of a /32 lease gets a way on the link first', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.9.9.9', { prefixLength: 32, gateway: '10.0.0.1' }));
  expect(bench.state('eth0')).toBe('ready');
  expect(bench.routes()).toEqual(['10.0.0.1/32 eth0', 'default via 10.0.0.1 eth0']);
});

test('a pulled cable takes address, route and service; the lease is not given back to no one', () => {
  const { bench, eth0 } = online();
  bench.kernel.plug(eth0, false);
  expect(bench.done()).toEqual([
    'dhcp-stop eth0',
    'remove-route eth0 default via 10.0.0.1',
    'remove-address eth0 10.0.0.5/24',
  ]);
  expect(bench.service('eth0')).toBeUndefined();
  expect([bench.addresses('eth0'), bench.routes()]).toEqual([[], []]);
});

test('a cable that was out for a moment is a new one, also when both are heard of at once', () => {
  const { bench, eth0 } = online();
  const link = bench.kernel.link(eth0);
  if (!link) throw new Error('no link');
  const facts = [{ ...link, carrier: false }, link].map((one) => ({ kind: 'link', link: one }) as const);
  bench.daemon.dispatch({ kind: 'kernel', facts });
  expect(bench.done('dhcp-start', 'change')).toEqual([
    'dhcp-start eth0 holding 10.0.0.5',
    'remove-route eth0 default via 10.0.0.1',
    'remove-address eth0 10.0.0.5/24',
  ]);
  bench.dhcp.bound(eth0, leaseOf('192.168.1.5'));
  bench.advance(20);
  expect(bench.state('eth0')).toBe('online');
});

test('a cable that comes back asks for the same address', () => {
  const { bench, eth0 } = online();
  bench.kernel.plug(eth0, false);
  bench.done();
  bench.kernel.plug(eth0, true);
  expect(bench.done()).toEqual(['dhcp-start eth0 holding 10.0.0.5']);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(20);
  expect(bench.state('eth0')).toBe('online');
});

test('a leased host name goes when its network goes', () => {
  const { bench, eth0 } = online();
  bench.done();
  bench.dhcp.bound(eth0, { ...leaseOf('10.0.0.5', { domain: 'home.test' }), hostname: 'desk' });
  expect(bench.done('host-names')).toEqual(["host-names 'desk' 'home.test'"]);
  bench.kernel.plug(eth0, false);
  expect(bench.done('host-names')).toEqual(["host-names '' ''"]);
});

test('a lease outlives a moment without carrier, also when no server answers afterwards', () => {
  const { bench, eth0 } = online();
  bench.kernel.plug(eth0, false);
  bench.advance(500);
  bench.kernel.plug(eth0, true);
  bench.advance(6000);
  bench.dhcp.reused(eth0);
  bench.advance(20);
  expect([bench.state('eth0'), bench.addresses('eth0')]).toEqual(['online', ['10.0.0.5/24']]);
});

test.each([
  ['a cable was out for a minute', 60_000],
  ['its time is over', 3_600_000],
])('a lease is asked for but not held when %s', (_why, milliseconds) => {
  const { bench, eth0 } = online();
  bench.kernel.plug(eth0, false);
  bench.done();
  bench.advance(milliseconds);
  bench.kernel.plug(eth0, true);
  expect(bench.done()).toEqual(['dhcp-start eth0 asking for 10.0.0.5']);
});

test('a renewed lease prolongs the address and nothing else', () => {
  const { bench, eth0 } = online();
  bench.advance(1_800_000);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  expect(bench.done()).toEqual(['put-address eth0 10.0.0.5/24 for 3600 s']);
  expect(bench.state('eth0')).toBe('online');
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  expect(bench.done()).toEqual([]);
});

test('another address of the same network takes the place of the old one, which would otherwise take it along', () => {
  const { bench, eth0 } = online();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.6'));
  expect(bench.done('change')).toEqual([
    'remove-address eth0 10.0.0.5/24',
    'put-address eth0 10.0.0.6/24 for 3600 s',
    'add-route eth0 default via 10.0.0.1',
  ]);
  bench.advance(20);
  expect(bench.state('eth0')).toBe('online');
  expect([bench.addresses('eth0'), bench.routes()]).toEqual([['10.0.0.6/24'], ['default via 10.0.0.1 eth0']]);
});

test('an address of another network is there before the old one goes', () => {
  const { bench, eth0 } = online();
  bench.dhcp.bound(eth0, leaseOf('192.168.7.5'));
  expect(bench.done('change')).toEqual([
    'put-address eth0 192.168.7.5/24 for 3600 s',
    'replace-route eth0 default via 192.168.7.1',
    'remove-address eth0 10.0.0.5/24',
  ]);
  expect([bench.addresses('eth0'), bench.routes()]).toEqual([['192.168.7.5/24'], ['default via 192.168.7.1 eth0']]);
});

test('another gateway takes the place of the old one in one step', () => {
  const { bench, eth0 } = online();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { gateway: '10.0.0.254' }));
  expect(bench.done('change')).toEqual(['replace-route eth0 default via 10.0.0.254']);
  expect(bench.routes()).toEqual(['default via 10.0.0.254 eth0']);
});

test('a lost lease takes the address away, the next one brings it back', () => {
  const { bench, eth0 } = online();
  bench.dhcp.lost(eth0, 'expired');
  expect(bench.done()).toEqual(['remove-route eth0 default via 10.0.0.1', 'remove-address eth0 10.0.0.5/24']);
  expect(bench.state('eth0')).toBe('configuration');
  bench.dhcp.bound(eth0, leaseOf('10.0.0.77'));
  bench.advance(20);
  expect(bench.state('eth0')).toBe('online');
});

test('a lease that is refused (NAK) and followed by another moves the service over', () => {
  const { bench, eth0 } = online();
  bench.dhcp.lost(eth0, 'refused');
  bench.dhcp.bound(eth0, leaseOf('172.16.0.5'));
  bench.advance(20);
  expect(bench.state('eth0')).toBe('online');
  expect([bench.addresses('eth0'), bench.routes()]).toEqual([['172.16.0.5/24'], ['default via 172.16.0.1 eth0']]);
});

test('while no server answers an address of RFC 3927 stands in, and a later lease replaces it', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.silent(eth0, '169.254.7.7');
  expect(bench.done('change')).toEqual(['set-link eth0 up', 'put-address eth0 169.254.7.7/16']);
  expect(bench.state('eth0')).toBe('ready');
  expect(bench.service('eth0')?.hasUplink).toBe(false);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  expect(bench.done('change')).toEqual([
    'put-address eth0 10.0.0.5/24 for 3600 s',
    'add-route eth0 default via 10.0.0.1',
    'remove-address eth0 169.254.7.7/16',
  ]);
  bench.advance(20);
  expect(bench.state('eth0')).toBe('online');
});

test('a conflict is noted with its other party and resolved by another address', () => {
  const { bench, eth0 } = online();
  bench.dhcp.conflict(eth0, '10.0.0.5', '02:99:99:99:99:99');
  expect(bench.service('eth0')?.lastConflict).toMatchObject({ address: '10.0.0.5', resolved: false });
  bench.dhcp.lost(eth0, 'conflict');
  bench.dhcp.bound(eth0, leaseOf('10.0.0.6'));
  expect(bench.service('eth0')?.lastConflict).toMatchObject({ address: '10.0.0.5', resolved: true });
});

test('a DHCP client that cannot run fails the service, which is tried again later and later', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.done();
  const pauses = [2, 4, 8, 10, 10];
  for (const seconds of pauses) {
    bench.dhcp.failed(eth0, 'no packet socket');
    expect([bench.state('eth0'), bench.service('eth0')?.error]).toEqual(['failure', 'dhcp-failed']);
    bench.done();
    bench.advance(seconds * 1000 - 1);
    expect(bench.done()).toEqual([]);
    bench.advance(1);
    expect(bench.done()).toEqual(['dhcp-start eth0']);
  }
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  expect([bench.state('eth0'), bench.service('eth0')?.error]).toEqual(['ready', '']);
});

test('the MTU of a lease is set and given back when the cable goes', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { mtu: 1400 }));
  expect(bench.kernel.link(eth0)?.mtu).toBe(1400);
  bench.advance(5000);
  bench.kernel.plug(eth0, false);
  expect(bench.kernel.link(eth0)?.mtu).toBe(1500);
  // An administrator's MTU is left alone.
  bench.kernel.setLink(eth0, { mtu: 9000 });
  expect(bench.kernel.link(eth0)?.mtu).toBe(9000);
});

test('an MTU larger than the link’s is not taken from a lease', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { mtu: 9000 }));
  expect(bench.kernel.link(eth0)?.mtu).toBe(1500);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { mtu: 1400 }));
  expect(bench.kernel.link(eth0)?.mtu).toBe(1400);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { mtu: 1492 }));
  expect(bench.kernel.link(eth0)?.mtu).toBe(1492);
});

test('a network card that loses its carrier over a new MTU keeps its connection', () => {
  const bench = new Bench();
  bench.kernel.resetMs = 2000;
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { mtu: 1400 }));
  expect([bench.kernel.link(eth0)?.carrier, bench.kernel.link(eth0)?.mtu]).toEqual([false, 1400]);
  bench.done();
  bench.advance(3000);
  expect([bench.state('eth0'), bench.kernel.link(eth0)?.mtu]).toEqual(['online', 1400]);
  expect(bench.done('change', 'dhcp-start', 'dhcp-stop', 'dhcp-renew')).toEqual(['dhcp-renew eth0']);
  // As it does when it is given back: what the user asked for stands.
  bench.ask({ kind: 'disconnect', service: bench.idOf('eth0') });
  bench.advance(10_000);
  expect([bench.state('eth0'), bench.kernel.link(eth0)?.mtu, bench.dhcp.running.size]).toEqual(['idle', 1500, 0]);
});

test('a cable that is pulled just after the MTU was changed is noticed a little later', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { mtu: 1400 }));
  bench.advance(1000);
  bench.kernel.plug(eth0, false);
  expect(bench.service('eth0')).toBeDefined();
  bench.advance(10_000);
  expect([bench.service('eth0'), bench.addresses('eth0')]).toEqual([undefined, []]);
});

test('a link that an administrator switches off stays off, and is used again when it is switched on', () => {
  const { bench, eth0 } = online();
  bench.kernel.setLink(eth0, { up: false });
  bench.advance(60_000);
  expect([bench.kernel.link(eth0)?.up, bench.service('eth0')]).toEqual([false, undefined]);
  expect(bench.addresses('eth0')).toEqual([]);
  bench.kernel.setLink(eth0, { up: true });
  expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth0 asking for 10.0.0.5']);
});

test('a link that is renamed keeps its service and its connection', () => {
  const { bench, eth0 } = online();
  const id = bench.idOf('eth0');
  bench.kernel.setLink(eth0, { name: 'lan0' });
  expect(bench.idOf('lan0')).toBe(id);
  expect(bench.state('lan0')).toBe('online');
  expect(bench.done('change', 'dhcp-start', 'dhcp-stop')).toEqual([]);
});

test('the loopback link is switched on at the start where nothing else has done so, and then left to its user (rule 117)', () => {
  const bench = new Bench({ filter: { only: ['eth*'], never: [], blacklist: [], reserved: [] } });
  const lo = bench.addLink('lo', { hardwareType: 772, mac: '' as MacAddress });
  bench.start();
  expect(bench.done()).toEqual(['set-link lo up']);
  expect(bench.kernel.link(lo)?.up).toBe(true);
  bench.kernel.setLink(lo, { up: false });
  bench.advance(60_000);
  expect([bench.done(), bench.kernel.link(lo)?.up]).toEqual([[], false]);
});

test('a link that is taken away takes its service and its DHCP client along', () => {
  const { bench, eth0 } = online();
  bench.kernel.removeLink(eth0);
  expect(bench.done('dhcp-stop')).toEqual(['dhcp-stop link 2']);
  expect(bench.daemon.engine.world.services.size).toBe(0);
  expect(bench.daemon.engine.world.devices.size).toBe(0);
  bench.advance(600_000);
  expect(bench.done()).toEqual([]);
});

test('a link that is put into a bridge is let go of', () => {
  const { bench, eth0 } = online();
  bench.kernel.setLink(eth0, { master: 99 });
  expect(bench.service('eth0')).toBeUndefined();
  expect(bench.addresses('eth0')).toEqual([]);
  expect(bench.routes()).toEqual([]);
  bench.kernel.setLink(eth0, { master: 0 });
  expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth0 asking for 10.0.0.5']);
});

test('the links of containers come and go, with addresses and routes, and nothing is done', () => {
  const { bench } = online();
  for (const name of ['veth12ab', 'docker0', 'br-99', 'cali1', 'virbr0', 'vnet0', 'dummy0']) {
    const ifindex = bench.addLink(name, { up: true });
    const address = { ifindex, address: '172.17.0.1' as IpAddress, prefixLength: 16 };
    bench.kernel.putAddress(address);
    bench.kernel.putRoute({ ifindex, destination: { address: '172.18.0.0' as IpAddress, length: 16 } }, 'append');
    bench.kernel.plug(ifindex, false);
    bench.kernel.plug(ifindex, true);
    bench.kernel.removeLink(ifindex);
  }
  expect(bench.done()).toEqual([]);
  expect([bench.daemon.engine.world.services.size, bench.daemon.engine.world.devices.size]).toEqual([1, 1]);
  expect(bench.state('eth0')).toBe('online');
});

test('of two links with one MAC address the first has the service, and the second gets it when the first goes', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  const mac = bench.kernel.link(eth0)?.mac || undefined;
  const eth1 = bench.addLink('eth1', { ...(mac && { mac }) });
  bench.start();
  expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth0']);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.kernel.plug(eth0, false);
  expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth1 holding 10.0.0.5']);
  bench.dhcp.bound(eth1, leaseOf('10.0.0.5'));
  expect([bench.state('eth1'), bench.addresses('eth0'), bench.addresses('eth1')]).toEqual([
    'ready',
    [],
    ['10.0.0.5/24'],
  ]);
});

test('a router advertisement alone makes a service ready', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  const prefix: Prefix = { address: '2001:db8::' as IpAddress, length: 64 };
  bench.kernel.advertise(eth0, 'fe80::1' as IpAddress, prefix);
  expect(bench.state('eth0')).toBe('configuration');
  bench.advance(1000);
  const service = bench.service('eth0');
  expect([service?.state, service?.families[4].state, service?.families[6].state]).toEqual([
    'ready',
    'configuration',
    'ready',
  ]);
  expect(service?.hasUplink).toBe(true);
  // A check needs a name server; there is none over IPv6 alone.
  expect(bench.done('online-check')).toEqual(['check eth0 IPv6']);
});
