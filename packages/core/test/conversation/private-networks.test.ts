/** Private networks of clients of the bus (rule 169): what the engine does about their links, addresses and firewall. */
import { leaseOf } from '../simulation/scripted-dhcp';
import { online } from './begin';

type Bench = ReturnType<typeof online>['bench'];

/** The shell has made a TUN link for the client; the kernel shows it. */
function request(bench: Bench, interfaceName: string, owner = ':1.7'): number {
  const operation = bench.daemon.ask({ kind: 'open-private-network', interfaceName, owner });
  bench.addLink(interfaceName, { kind: 'tun' });
  bench.advance(100);
  return operation;
}

const outcomeOf = (bench: Bench, operation: number) => bench.daemon.answers.get(operation);
const hasLink = (bench: Bench, name: string) => bench.kernel.dump().links.some((link) => link.name === name);
const settingsOf = (bench: Bench, path: string) =>
  [...(bench.daemon.snapshot.privateNetworks.get(path) ?? [])].map(([key, { value }]) => `${key} ${value}`);

test('a client gets both ends’ addresses and a name server when its link has its address (rule 169)', () => {
  const { bench } = online({ answersNames: true });
  const operation = bench.daemon.ask({ kind: 'open-private-network', interfaceName: 'tun0', owner: ':1.7' });
  bench.advance(100);
  expect(outcomeOf(bench, operation)).toBeUndefined();
  bench.addLink('tun0', { kind: 'tun' });
  bench.advance(100);
  expect(outcomeOf(bench, operation)).toEqual({ ok: true });
  expect(settingsOf(bench, '/tethering/tun0')).toEqual([
    'ServerIPv4 192.168.0.1',
    'PeerIPv4 192.168.0.2',
    'PrimaryDNS 192.168.0.1',
  ]);
  expect(bench.dnsPlan?.listen).toEqual([{ address: '192.168.0.1', interfaceName: 'tun0' }]);
  expect([bench.firewall.has('connman-nat'), bench.sysctls.read('net/ipv4/ip_forward')]).toEqual([true, '1']);
});

test('where the proxy does not answer, clients get FallbackNameservers', () => {
  const { bench } = online({
    answersNames: false,
    fallbackNameservers: ['2001:db8::1', '1.1.1.1', '9.9.9.9'] as never,
  });
  request(bench, 'tun0');
  expect(settingsOf(bench, '/tethering/tun0').slice(2)).toEqual(['PrimaryDNS 1.1.1.1', 'SecondaryDNS 9.9.9.9']);
});

test('a link that never comes fails the request with OperationTimeout', () => {
  const { bench } = online();
  const operation = bench.daemon.ask({ kind: 'open-private-network', interfaceName: 'tun0', owner: ':1.7' });
  bench.advance(11_000);
  expect(outcomeOf(bench, operation)).toMatchObject({ error: 'OperationTimeout' });
});

test('a client that leaves takes its networks along and no other’s, and nothing else stays (rule 169)', () => {
  const { bench } = online();
  for (const [name, owner] of [
    ['tun0', ':1.7'],
    ['tun1', ':1.7'],
    ['tun2', ':1.8'],
  ] as const)
    expect(outcomeOf(bench, request(bench, name, owner))).toEqual({ ok: true });
  bench.ask({ kind: 'end-private-networks', owner: ':1.7' });
  bench.advance(100);
  expect(['tun0', 'tun1', 'tun2'].filter((name) => hasLink(bench, name))).toEqual(['tun2']);
  expect(bench.firewall.size).toBe(1);
  expect(bench.ask({ kind: 'release-private-network', interfaceName: 'tun2', owner: ':1.7' })).toMatchObject({
    error: 'PermissionDenied',
  });
  expect(bench.ask({ kind: 'release-private-network', interfaceName: 'tun2', owner: ':1.8' })).toEqual({ ok: true });
  bench.advance(100);
  expect([hasLink(bench, 'tun2'), bench.firewall.size, bench.sysctls.read('net/ipv4/ip_forward')]).toEqual([
    ...[false, 0, '0'],
  ]);
  expect(bench.disk.read().tethering).toBeUndefined();
});

test('a network that an uplink gets an address of ends: its client has the addresses of before', () => {
  const { bench, eth0 } = online();
  request(bench, 'tun0');
  bench.kernel.plug(eth0, false);
  bench.advance(1000);
  bench.kernel.plug(eth0, true);
  bench.advance(1000);
  bench.dhcp.bound(eth0, leaseOf('192.168.0.5'));
  bench.advance(1000);
  expect([hasLink(bench, 'tun0'), bench.daemon.snapshot.privateNetworks.size]).toEqual([false, 0]);
});

test('without address translation in the kernel the request is NotSupported with its reason, and nothing stays', () => {
  const { bench } = online();
  bench.firewallFault = () => 'nftables connman-nat: EOPNOTSUPP';
  expect(outcomeOf(bench, request(bench, 'tun0'))).toMatchObject({
    ...{ error: 'NotSupported', reason: expect.stringContaining('EOPNOTSUPP') },
  });
  bench.advance(100);
  expect([hasLink(bench, 'tun0'), bench.sysctls.read('net/ipv4/ip_forward')]).toEqual([false, '0']);
});

test('a client has at most sixteen', () => {
  const { bench } = online();
  const outcomes = Array.from({ length: 17 }, (_, i) => outcomeOf(bench, request(bench, `tun${i}`))?.ok);
  expect(outcomes).toEqual([...Array(16).fill(true), false]);
});

test('a name that the kernel gives again before the link of before is seen to go is the new link’s', () => {
  const { bench } = online();
  request(bench, 'tun0');
  const before = bench.kernel.dump().links.find(({ name }) => name === 'tun0')?.ifindex ?? 0;
  const operation = bench.daemon.ask({ kind: 'open-private-network', interfaceName: 'tun0', owner: ':1.7' });
  expect(outcomeOf(bench, operation)).toBeUndefined();
  bench.kernel.removeLink(before);
  bench.addLink('tun0', { kind: 'tun' });
  bench.advance(100);
  expect([outcomeOf(bench, operation), bench.addresses('tun0')]).toEqual([{ ok: true }, ['192.168.0.1/24']]);
});
