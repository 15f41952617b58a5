/** IPv6 of a shared connection: whose prefix clients get, what is advertised to them, and how they get out. */
import type { AdvertisementRequest, Dhcp6Event, Dhcp6Lease } from '@connman/contracts';
import type { Ipv6Address, MacAddress } from '@connman/inet';
import type { RouterFlags } from '@connman/netlink';
import { lease6Of } from '../simulation/scripted-dhcp';
import { online } from './begin';

type Bench = ReturnType<typeof online>['bench'];

const config = { tetheringTechnologies: ['ethernet'] };
const own = 'fd01:203:405::';
const delegated = { prefix: { address: '2001:db8:40::' as Ipv6Address, length: 56 } };

const linkOf = (bench: Bench, name: string) => bench.kernel.dump().links.find((link) => link.name === name);
const indexOf = (bench: Bench, name: string) => linkOf(bench, name)?.ifindex ?? 0;
const advertised = (bench: Bench): AdvertisementRequest | undefined => bench.advertised.get(indexOf(bench, 'tether'));
const off = (bench: Bench) => bench.ask({ kind: 'set-tethering', technology: 'ethernet', tethering: false });
const routerSays = (bench: Bench, ifindex: number, flags?: RouterFlags) =>
  bench.daemon.dispatch({ kind: 'kernel', facts: [{ kind: 'router-flags', ifindex, ...(flags && { flags }) }] });
const own6 = (bench: Bench, name: string) =>
  bench.kernel.addressesOf(indexOf(bench, name), 6).flatMap((one) => (one.scope === 0 ? [`${one.address}`] : []));
const routes6 = (bench: Bench) =>
  bench.kernel
    .dump()
    .routes.filter(({ type }) => type === 7)
    .map(({ destination: { address, length } }) => `${address}/${length}`);

/** Online by eth0, whose router speaks IPv6, and shared by eth1; the bridge has made its link-local address. */
function shared(before: (bench: Bench, eth0: number) => void = () => {}) {
  const { bench, eth0 } = online(config, (one) => {
    one.kernel.createLink({ name: 'lo', mac: '' as MacAddress, hardwareType: 772, up: true, plugged: true });
    one.addLink('eth1');
  });
  bench.advertise('eth0', '2001:db8:1::');
  before(bench, eth0);
  bench.ask({ kind: 'set-tethering', technology: 'ethernet', tethering: true });
  bench.advance(100);
  const ifindex = indexOf(bench, 'tether');
  bench.kernel.putAddress({ ifindex, address: 'fe80::ff:fe00:2' as never, prefixLength: 64 });
  bench.advance(2000);
  return { bench, eth0 };
}

/** The kernel takes a link's IPv6 away with its carrier. */
function pullCable(bench: Bench, ifindex: number): void {
  bench.kernel.plug(ifindex, false);
  bench.advance(100);
  bench.kernel.flushIpv6(ifindex);
}

function bound(ifindex: number, lease: Partial<Dhcp6Lease> = {}): Dhcp6Event {
  const prefixes = [{ ...delegated, preferredSeconds: 1800, validSeconds: 3600 }];
  return {
    ...{ kind: 'bound', family: 6, ifindex, ageSeconds: 0 },
    lease: { ...lease6Of('2001:db8:1::1234'), addresses: [], prefixes, ...lease },
  };
}

test('a prefix of its own where none is delegated: advertised, translated, and kept for later runs (RFC 4193)', () => {
  const { bench, eth0 } = shared();
  expect(advertised(bench)).toMatchObject({
    ...{ source: 'fe80::ff:fe00:2', isDefaultRouter: true, nameservers: [`${own}1`] },
    prefixes: [{ prefix: own }],
  });
  expect(own6(bench, 'tether')).toEqual([`${own}1`]);
  expect(JSON.stringify(bench.firewall.get('connman-nat'))).toContain(`{"address":"${own}","length":64}`);
  expect(bench.dnsPlan?.listen).toEqual([
    { address: '192.168.0.1', interfaceName: 'tether' },
    { address: `${own}1`, interfaceName: 'tether' },
  ]);
  expect(bench.disk.uniqueLocal).toBe(own);
  expect(bench.dhcp.running6.get(eth0)).toMatchObject({ address: false, prefixLength: 64 });
});

test('a delegation without room for a network is named once, and the own prefix stays', () => {
  const { bench, eth0 } = shared();
  const small = { prefix: { address: '2001:db8:40::' as Ipv6Address, length: 72 } };
  const prefixes = [{ ...small, preferredSeconds: 1800, validSeconds: 3600 }];
  for (let i = 0; i < 2; i++) bench.daemon.dispatch({ kind: 'dhcp', events: [bound(eth0, { prefixes })] });
  bench.advance(1000);
  expect(advertised(bench)?.prefixes).toMatchObject([{ prefix: own }]);
  const text = 'tether: 2001:db8:40::/72 is delegated, and has no /64 that is free; IPv6 of clients is translated';
  expect(bench.done('log').filter((line) => line.includes(text))).toHaveLength(1);
});

test('the machine routes IPv6 while it is shared, its uplink goes on hearing its router, and both are given back', () => {
  const { bench } = shared();
  const read = () =>
    ['all/forwarding', 'eth0/accept_ra', 'eth1/accept_ra'].map((name) => bench.sysctls.read(`net/ipv6/conf/${name}`));
  expect(read()).toEqual(['1', '2', '1']);
  expect(bench.done('sysctl-borrow').filter((text) => text.includes('ipv6'))).toEqual([
    'sysctl-borrow net/ipv6/conf/eth0/accept_ra 2 instead of 1',
    'sysctl-borrow net/ipv6/conf/all/forwarding 1 instead of 0',
  ]);
  off(bench);
  bench.advance(100);
  expect(read()).toEqual(['0', '1', '1']);
  expect(bench.advertised.size).toBe(0);
});

test('a link of another program goes on hearing routers, also when it has none for a while', () => {
  const { bench } = online(config, (one) => one.addLink('eth1'));
  const foreign = bench.addLink('lxcbr0', { kind: 'bridge', up: true });
  for (const name of ['eth0', 'lxcbr0']) bench.advertise(name, '2001:db8:1::');
  bench.ask({ kind: 'set-tethering', technology: 'ethernet', tethering: true });
  bench.advance(100);
  const ifindex = indexOf(bench, 'tether');
  bench.kernel.putAddress({ ifindex, address: 'fe80::ff:fe00:2' as never, prefixLength: 64 });
  bench.advance(2000);
  bench.kernel.flushIpv6(foreign);
  bench.advance(100);
  const read = () => bench.sysctls.read('net/ipv6/conf/lxcbr0/accept_ra');
  expect(read()).toBe('2');
  off(bench);
  bench.advance(100);
  expect(read()).toBe('1');
});

test('a delegated prefix: its first /64 for clients, without translation, and nothing of it goes back (RFC 7084 WPD-5)', () => {
  const { bench, eth0 } = shared();
  bench.dhcp.say6(bound(eth0));
  bench.advance(100);
  const [current, former] = advertised(bench)?.prefixes ?? [];
  expect([current?.prefix, (current?.validUntil ?? 0) - bench.clock.now()]).toEqual(['2001:db8:40::', 3_599_900]);
  expect(former).toMatchObject({ prefix: own });
  expect((former?.validUntil ?? 1e12) <= bench.clock.now()).toBe(true);
  expect(own6(bench, 'tether')).toEqual(['2001:db8:40::1']);
  expect(routes6(bench)).toEqual(['2001:db8:40::/56']);
  expect(JSON.stringify(bench.firewall.get('connman-nat'))).not.toContain('fd01');
});

test('the subnet that the uplink itself uses is left out of what it delegates', () => {
  const { bench, eth0 } = shared((one) => one.advertise('eth0', '2001:db8:40::'));
  bench.dhcp.say6(bound(eth0));
  bench.advance(100);
  expect(own6(bench, 'tether')).toEqual(['2001:db8:40:1::1']);
});

test('when the delegation ends without another, clients get the own prefix, and the end of the other (RFC 9096)', () => {
  const { bench, eth0 } = shared();
  bench.dhcp.say6(bound(eth0));
  bench.advance(100);
  bench.dhcp.say6({ kind: 'lost', family: 6, ifindex: eth0, reason: 'expired' });
  bench.advance(100);
  expect(advertised(bench)?.prefixes.map(({ prefix }) => prefix)).toEqual([own, '2001:db8:40::']);
  expect([own6(bench, 'tether'), routes6(bench)]).toEqual([[`${own}1`], []]);
});

test('a prefix is not used when its preferred lifetime is over, though no one says so', () => {
  const { bench, eth0 } = shared();
  bench.dhcp.say6(bound(eth0));
  bench.advance(1_800_100);
  expect(advertised(bench)?.prefixes.map(({ prefix }) => prefix)).toEqual([own, '2001:db8:40::']);
  bench.advance(2_000_000);
  expect(advertised(bench)?.prefixes.map(({ prefix }) => prefix)).toEqual([own]);
});

test('without a way out for IPv6 clients have addresses and names, and no default route (RFC 7084 G-4)', () => {
  const { bench, eth0 } = shared();
  pullCable(bench, eth0);
  bench.advance(100);
  expect(advertised(bench)).toMatchObject({ isDefaultRouter: false, prefixes: [{ prefix: own }] });
});

test('a cable that is out for a moment leaves clients their delegated prefix, and it is rebound', () => {
  const { bench, eth0 } = shared();
  bench.dhcp.say6(bound(eth0));
  bench.advance(100);
  pullCable(bench, eth0);
  bench.advance(3000);
  expect(advertised(bench)).toMatchObject({
    isDefaultRouter: false,
    prefixes: [{ prefix: '2001:db8:40::' }, { prefix: own }],
  });
  bench.kernel.plug(eth0, true);
  bench.advance(100);
  bench.advertise('eth0', '2001:db8:1::');
  bench.advance(1000);
  expect(bench.dhcp.running6.get(eth0)).toMatchObject({ prefixLength: 64, held: { lease: { prefixes: [delegated] } } });
  expect(advertised(bench)).toMatchObject({
    isDefaultRouter: true,
    prefixes: [{ prefix: '2001:db8:40::' }, { prefix: own }],
  });
  expect(own6(bench, 'tether')).toEqual(['2001:db8:40::1']);
});

test('a cable that stays out leaves clients the delegated prefix until it is over, and no longer', () => {
  const { bench, eth0 } = shared();
  bench.dhcp.say6(bound(eth0));
  bench.advance(100);
  pullCable(bench, eth0);
  bench.advance(1_799_000);
  expect(advertised(bench)?.prefixes[0]).toMatchObject({ prefix: '2001:db8:40::' });
  bench.advance(2000);
  expect(advertised(bench)?.prefixes.map(({ prefix }) => prefix)).toEqual([own, '2001:db8:40::']);
});

test('the client that has an address asks for a prefix besides when a connection is shared, and gives it back alone', () => {
  const { bench, eth0 } = shared((one, ifindex) => {
    routerSays(one, ifindex, { managed: true, other: true });
    one.dhcp.say6(bound(ifindex, lease6Of('2001:db8:1::1234')));
  });
  expect(bench.dhcp.running6.get(eth0)).toMatchObject({
    ...{ mode: 'stateful', address: true, prefixLength: 64 },
    held: { lease: { addresses: [{ address: '2001:db8:1::1234' }] } },
  });
  const { addresses } = lease6Of('2001:db8:1::1234');
  bench.dhcp.say6(bound(eth0, { addresses }));
  off(bench);
  bench.advance(100);
  const request = bench.dhcp.running6.get(eth0);
  expect(request?.prefixLength).toBeUndefined();
  expect(request?.held?.lease).toMatchObject({ addresses, prefixes: [delegated] });
  expect(own6(bench, 'eth0')).toContain('2001:db8:1::1234');
});

test('a client for a prefix alone ends with the sharing, and releases it', () => {
  const { bench, eth0 } = shared();
  bench.dhcp.say6(bound(eth0));
  bench.done();
  off(bench);
  bench.advance(100);
  expect(bench.done('dhcp-stop')).toEqual(['dhcp-stop eth0 IPv6 with release']);
  expect(routes6(bench)).toEqual([]);
});

test('after SIGKILL the next run goes on with the prefix that clients have, and has it rebound', () => {
  const { bench, eth0 } = shared();
  bench.dhcp.say6(bound(eth0));
  bench.advance(100);
  bench.onRequest = (change) => {
    if (/tether|2001:db8:40/.test(JSON.stringify(change))) throw new Error(`${change.kind}: ${JSON.stringify(change)}`);
  };
  bench.restart();
  bench.advance(3000);
  expect(bench.dhcp.running6.get(eth0)).toMatchObject({ prefixLength: 64, held: { lease: { prefixes: [delegated] } } });
  expect(advertised(bench)?.prefixes).toMatchObject([{ prefix: '2001:db8:40::' }, { prefix: own }]);
  expect([own6(bench, 'tether'), routes6(bench)]).toEqual([['2001:db8:40::1'], ['2001:db8:40::/56']]);
  bench.onRequest = () => {};
  off(bench);
  bench.advance(100);
  expect([linkOf(bench, 'tether'), routes6(bench), bench.sysctls.read('net/ipv6/conf/all/forwarding')]).toEqual([
    undefined,
    [],
    '0',
  ]);
});

test('a kernel that translates IPv4 alone shares that, and IPv6 where a prefix is delegated', () => {
  const { bench, eth0 } = shared((one) => {
    let tables = 0;
    // The second one has IPv6 in it.
    one.firewallFault = (table) => (table === 'connman-nat' && ++tables === 2 ? 'ip6tables: no table nat' : undefined);
  });
  expect([bench.advertised.size, own6(bench, 'tether')]).toEqual([0, []]);
  expect(bench.firewall.get('connman-nat')?.[0]?.rules).toHaveLength(1);
  expect(bench.sysctls.read('net/ipv4/ip_forward')).toBe('1');
  bench.dhcp.say6(bound(eth0));
  bench.advance(100);
  expect(own6(bench, 'tether')).toEqual(['2001:db8:40::1']);
});

test('a machine without IPv6 shares IPv4 alone', () => {
  const { bench } = online(config, (one) => one.addLink('eth1'));
  bench.ask({ kind: 'set-tethering', technology: 'ethernet', tethering: true });
  bench.advance(5000);
  expect([bench.advertised.size, own6(bench, 'tether'), bench.sysctls.read('net/ipv6/conf/all/forwarding')]).toEqual([
    0,
    [],
    '0',
  ]);
});
