/** Tunnels: services that go through another one's link. */
import { type Ipv4Address, parseStaticRoutes } from '@connman/inet';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

const full = {
  name: 'office',
  link: 'tun0',
  address: '10.8.0.2/24',
  routes: ['default'],
  nameservers: ['10.8.0.1'],
} as const;
const split = {
  name: 'lab',
  link: 'tun1',
  address: '10.9.0.2/24',
  routes: ['10.99.0.0/16'],
  nameservers: ['10.99.0.1'],
  domains: ['lab.example'],
} as const;
const dnsPlanOf = (bench: Bench) => bench.dnsPlan?.links ?? [];

function connected(bench: Bench, name: string): void {
  expect(bench.ask({ kind: 'connect', service: `vpn_${name}` })).toBeUndefined();
  bench.advance(1000);
  expect(bench.stateOfName(name)).toMatch(/ready|online/);
}

/** Online by eth0, with a driver of tunnels. */
function withTunnels(...tunnels: readonly (typeof full | typeof split)[]) {
  const { bench, eth0 } = online(undefined, (one) => one.addVpn());
  const [vpn] = bench.vpns;
  if (!vpn) throw new Error('no driver of tunnels');
  for (const tunnel of tunnels) vpn.put(tunnel);
  bench.done();
  return { bench, eth0, vpn };
}

test('a full tunnel has the default route; its server is reached by the uplink', () => {
  const { bench } = withTunnels(full);
  connected(bench, 'office');
  expect(bench.names()).toEqual(['office', 'Wired']);
  expect(bench.routes().sort()).toEqual([
    '203.0.113.1/32 via 10.0.0.1 eth0',
    'default tun0',
    'default via 10.0.0.1 eth0 low',
  ]);
});

test('a full tunnel leaves the static routes of a user alone, and takes those that a DHCP server names', () => {
  const { bench, eth0 } = withTunnels(full);
  bench.ask({
    kind: 'configure',
    service: bench.idOf('eth0'),
    setting: { name: 'Routes.Configuration', value: parseStaticRoutes(['192.0.2.0/24 via 10.0.0.9']) },
  });
  const lease = leaseOf('10.0.0.5');
  bench.dhcp.bound(eth0, {
    ...lease,
    routes: [
      ...lease.routes,
      { destination: { address: '198.51.100.0' as Ipv4Address, length: 24 }, gateway: '10.0.0.8' as Ipv4Address },
    ],
  });
  bench.advance(100);
  expect(bench.routes()).toContain('198.51.100.0/24 via 10.0.0.8 eth0');
  connected(bench, 'office');
  expect(bench.routes()).toContain('192.0.2.0/24 via 10.0.0.9 eth0');
  expect(bench.routes()).not.toContain('198.51.100.0/24 via 10.0.0.8 eth0');
});

test('the way to the server is there before the tunnel has the default route', () => {
  const { bench } = withTunnels(full);
  bench.ask({ kind: 'connect', service: 'vpn_office' });
  bench.advance(1000);
  const changes = bench.done('change').filter((text) => /route/.test(text));
  expect(changes[0]).toBe('add-route eth0 203.0.113.1/32 via 10.0.0.1');
});

test('a split tunnel leaves the default route where it is and adds its networks (rule 105)', () => {
  const { bench } = withTunnels(split);
  connected(bench, 'lab');
  expect(bench.names()).toEqual(['Wired', 'lab']);
  expect(bench.routes().sort()).toEqual([
    '10.99.0.0/16 tun1',
    '203.0.113.1/32 via 10.0.0.1 eth0',
    'default via 10.0.0.1 eth0',
  ]);
});

test('a name server of a split tunnel that none of its networks holds gets a way into it', () => {
  const { bench, vpn } = withTunnels();
  vpn.put({ ...split, nameservers: ['172.16.0.53'] });
  connected(bench, 'lab');
  expect(bench.routes()).toContain('172.16.0.53/32 tun1');
});

test('all names are asked through a full tunnel, and of a split one only its own domains', () => {
  const { bench } = withTunnels(full, split);
  connected(bench, 'lab');
  expect(dnsPlanOf(bench).map(({ interfaceName, isDefault, domains }) => [interfaceName, isDefault, domains])).toEqual([
    ['eth0', true, []],
    ['tun1', false, ['lab.example']],
  ]);
  connected(bench, 'office');
  expect(dnsPlanOf(bench).map(({ interfaceName, isDefault }) => [interfaceName, isDefault])).toEqual([
    ['tun0', true],
    ['tun1', false],
  ]);
});

test('a full tunnel without name servers leaves names to the uplink', () => {
  const { bench, vpn } = withTunnels();
  vpn.put({ ...full, nameservers: [] });
  connected(bench, 'office');
  expect(dnsPlanOf(bench).map(({ interfaceName }) => interfaceName)).toContain('eth0');
});

test('an uplink’s public name server gets no way past a full tunnel', () => {
  const { bench, eth0 } = withTunnels(full);
  bench.dhcp.bound(eth0, { ...leaseOf('10.0.0.5'), nameservers: ['8.8.8.8'] as never });
  bench.advance(1000);
  connected(bench, 'office');
  expect(bench.routes().join()).not.toMatch(/8\.8\.8\.8/);
});

test('when the uplink changes the way to the server follows, and the tunnel keeps the default route throughout', () => {
  const { bench, eth0, eth1 } = twoUplinks(undefined, (one) => one.addVpn());
  bench.vpns[0]?.put(full);
  connected(bench, 'office');
  bench.done();
  bench.kernel.plug(eth0, false);
  bench.advance(50);
  expect(bench.done('change').filter((text) => /tun0/.test(text))).toEqual([]);
  expect(bench.routes().sort()).toEqual([
    '203.0.113.1/32 via 192.168.1.1 eth1',
    'default tun0',
    'default via 192.168.1.1 eth1 low',
  ]);
  // Without any uplink it waits for the next one, which does not get the default route.
  bench.kernel.plug(eth1, false);
  bench.advance(1000);
  expect([bench.stateOfName('office'), bench.pendingOfName('office')]).toEqual(['configuration', ['no-uplink']]);
  bench.kernel.plug(eth0, true);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect(bench.stateOfName('office')).toMatch(/ready|online/);
  expect(bench.routes().sort()).toEqual([
    '203.0.113.1/32 via 10.0.0.1 eth0',
    'default tun0',
    'default via 10.0.0.1 eth0 low',
  ]);
});

test('a failed online check does not take the default route from a tunnel', () => {
  const { bench } = withTunnels(full);
  connected(bench, 'office');
  bench.internet = { kind: 'failed', reason: 'no answer' } as never;
  bench.advance(600_000);
  expect(bench.names()[0]).toBe('office');
  expect(bench.routes()).toContain('default tun0');
});

test('a tunnel connects by itself once something carries it, and not before (rule 90)', () => {
  const bench = new Bench();
  const vpn = bench.addVpn();
  vpn.put(full);
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.ask({ kind: 'configure', service: 'vpn_office', setting: { name: 'AutoConnect', value: true } });
  bench.advance(20_000);
  expect(bench.stateOfName('office')).toBe('idle');
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect(bench.stateOfName('office')).toMatch(/ready|online/);
});

test('of tunnels that take all traffic one connects by itself; split ones all do (rule 90)', () => {
  const { bench, vpn } = withTunnels(full, split);
  vpn.put({ ...full, name: 'home', link: 'tun2', address: '10.7.0.2/24' });
  for (const name of ['office', 'home', 'lab']) {
    bench.ask({ kind: 'configure', service: `vpn_${name}`, setting: { name: 'AutoConnect', value: true } });
    bench.advance(1000);
  }
  const states = ['office', 'home', 'lab'].map((name) => bench.stateOfName(name));
  expect(states.map((state) => state !== 'idle')).toEqual([true, false, false]);
});

test('a moved tunnel takes all traffic; one that a service is moved before keeps its networks (rule 98)', () => {
  const { bench, vpn } = withTunnels(full);
  vpn.put({ ...full, routes: ['default', '10.99.0.0/16'] });
  connected(bench, 'office');
  const wired = bench.idOf('eth0');
  expect(bench.ask({ kind: 'move', service: wired, target: 'vpn_office', place: 'before' })).toEqual({ ok: true });
  bench.advance(100);
  expect(bench.names()).toEqual(['Wired', 'office']);
  expect(bench.routes()).toContain('10.99.0.0/16 tun0');
  expect(bench.ask({ kind: 'move', service: 'vpn_office', target: wired, place: 'before' })).toEqual({ ok: true });
  bench.advance(100);
  expect(bench.names()).toEqual(['office', 'Wired']);
});

test('a tunnel whose file says how it is routed is not moved, with an answer', () => {
  const { bench, vpn } = withTunnels();
  vpn.put({ ...full, immutable: true });
  connected(bench, 'office');
  expect(bench.ask({ kind: 'move', service: bench.idOf('eth0'), target: 'vpn_office', place: 'before' })).toEqual({
    ok: false,
    error: 'NotSupported',
  });
});

test('the addresses of a tunnel are its server’s: they cannot be set (rule 182)', () => {
  const { bench } = withTunnels(full);
  const setting = { name: 'IPv4.Configuration', value: { method: 'dhcp' } } as const;
  expect(bench.ask({ kind: 'configure', service: 'vpn_office', setting })).toEqual({
    ok: false,
    error: 'NotSupported',
  });
});

test('who cancels is not asked again without wanting it (rule 181)', () => {
  const { bench, vpn } = withTunnels(full);
  vpn.refusal = { error: 'connect-failed', isCanceled: true };
  bench.ask({ kind: 'configure', service: 'vpn_office', setting: { name: 'AutoConnect', value: true } });
  bench.advance(60_000);
  expect(vpn.commands.filter(({ kind }) => kind === 'associate')).toHaveLength(1);
  expect(bench.serviceOfName('office')?.settings.autoConnect).toBe(false);
});

test('a user may take minutes to answer: the attempt is the driver’s to end', () => {
  const { bench, vpn } = withTunnels(full);
  vpn.handshakeMs = 300_000;
  bench.ask({ kind: 'connect', service: 'vpn_office' });
  bench.advance(299_000);
  expect(bench.stateOfName('office')).toBe('association');
  bench.advance(2_000);
  expect(bench.stateOfName('office')).toMatch(/ready|online/);
});

test('a tunnel that fails is restored; one that another program ends is not', () => {
  const { bench, vpn } = withTunnels(full);
  connected(bench, 'office');
  vpn.lose('office');
  bench.advance(5_000);
  expect(bench.stateOfName('office')).toMatch(/ready|online/);
  vpn.byAnother('office', false);
  bench.advance(60_000);
  expect(bench.stateOfName('office')).toBe('idle');
});

test('a tunnel that another program brings up is taken up, and can be disconnected', () => {
  const { bench, vpn } = withTunnels(full);
  vpn.byAnother('office', true);
  bench.advance(100);
  expect(bench.stateOfName('office')).toMatch(/ready|online/);
  expect(bench.ask({ kind: 'disconnect', service: 'vpn_office' })).toEqual({ ok: true });
  bench.advance(1000);
  expect(bench.stateOfName('office')).toBe('idle');
  expect(bench.routes()).toEqual(['default via 10.0.0.1 eth0']);
});

test('a daemon that is killed finds its tunnels as they were: nothing is removed before their driver has spoken', () => {
  const { bench, vpn } = withTunnels(full);
  connected(bench, 'office');
  const before = bench.routes();
  bench.kill();
  vpn.silentAtStart = true;
  bench.done();
  bench.restart();
  bench.advance(2000);
  expect(bench.done('change')).toEqual([]);
  vpn.speak();
  bench.advance(2000);
  expect(bench.done('change')).toEqual([]);
  expect(bench.routes()).toEqual(before);
  expect(bench.stateOfName('office')).toMatch(/ready|online/);
});

test('leftovers of a tunnel that no one knows any more are cleared away in the end', () => {
  const { bench, vpn } = withTunnels(full);
  connected(bench, 'office');
  bench.kill();
  vpn.silentAtStart = true;
  bench.restart();
  bench.dhcp.bound(bench.kernel.dump().links.find(({ name }) => name === 'eth0')?.ifindex ?? 0, leaseOf('10.0.0.5'));
  bench.advance(11_000);
  expect(bench.routes()).toEqual(['default via 10.0.0.1 eth0']);
});
