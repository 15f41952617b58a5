/** Replies leave by the link that was asked, however the default route moves (ADR 20). */
import type { IpAddress } from '@connman/inet';
import { ownProtocol } from '../../src/model/observed/keys';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

const far = '203.0.113.9' as IpAddress;
const far6 = '2001:db8:99::1' as IpAddress;

/** The link by which a packet with this source leaves. */
function leavesBy(bench: Bench, source: string, to = far): string | undefined {
  const way = bench.kernel.lookupFrom(source as IpAddress, to);
  return bench.kernel.link(way?.ifindex ?? 0)?.name;
}

const replies = (bench: Bench) => ['10.0.0.5', '192.168.1.5'].map((source) => leavesBy(bench, source));
const ownRules = (bench: Bench) => bench.kernel.dump().rules.filter(({ protocol }) => protocol === ownProtocol);
const ownTables = (bench: Bench) => bench.kernel.dump().routes.filter(({ table }) => table > 255);

test('with one uplink there is neither a rule nor a table', () => {
  const { bench } = online();
  expect([...ownRules(bench), ...ownTables(bench)]).toEqual([]);
});

test('of two uplinks each replies by its own link, also after the default has moved', () => {
  const { bench } = twoUplinks();
  expect(replies(bench)).toEqual(['eth0', 'eth1']);
  const [first = '', second = ''] = bench.daemon.engine.world.order;
  bench.ask({ kind: 'move', service: second, target: first, place: 'before' });
  bench.advance(5000);
  expect(bench.order()).toEqual(['eth1', 'eth0']);
  expect(replies(bench)).toEqual(['eth0', 'eth1']);
});

test('IPv6 alike, from each address that the kernel made of an advertisement', () => {
  const { bench, eth0, eth1 } = twoUplinks();
  bench.advertise('eth0', '2001:db8:1::');
  bench.advertise('eth1', '2001:db8:2::');
  bench.advance(5000);
  const leaving = [eth0, eth1].map((ifindex) =>
    bench.kernel
      .addressesOf(ifindex, 6)
      .filter(({ address }) => !address.startsWith('fe80'))
      .map(({ address }) => leavesBy(bench, address, far6)),
  );
  expect(leaving).toEqual([['eth0'], ['eth1']]);
});

test('networks of containers and static routes of the main table are reached as before', () => {
  const { bench } = twoUplinks(undefined, (machine) => {
    const docker = machine.addLink('docker0');
    machine.kernel.setLink(docker, { up: true });
    machine.kernel.putAddress({ ifindex: docker, address: '172.17.0.1' as IpAddress, prefixLength: 16 });
  });
  expect(leavesBy(bench, '192.168.1.5', '172.17.0.2' as IpAddress)).toBe('docker0');
});

test('two links in the same network reply into it each by itself, and by the gateway as well', () => {
  const bench = new Bench();
  const [eth0, wlan] = ['eth0', 'eth1'].map((name) => bench.addLink(name)) as [number, number];
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('192.168.1.5'));
  bench.dhcp.bound(wlan, leaseOf('192.168.1.6'));
  bench.advance(1000);
  const neighbour = '192.168.1.77' as IpAddress;
  const sources = ['192.168.1.5', '192.168.1.6'];
  expect(sources.map((source) => leavesBy(bench, source, neighbour))).toEqual(['eth0', 'eth1']);
  expect(sources.map((source) => leavesBy(bench, source))).toEqual(['eth0', 'eth1']);
});

test('a killed daemon finds its rules and tables again and changes nothing', () => {
  const { bench } = twoUplinks();
  bench.done();
  bench.restart();
  expect(bench.done('change')).toEqual([]);
  expect(replies(bench)).toEqual(['eth0', 'eth1']);
});

test('when one of the two is disconnected, rules and tables go', () => {
  const { bench } = twoUplinks();
  const [, second = ''] = bench.daemon.engine.world.order;
  bench.ask({ kind: 'disconnect', service: second });
  bench.advance(1000);
  expect([...ownRules(bench), ...ownTables(bench)]).toEqual([]);
});

test('rules that a killed daemon left go with the next one where one uplink is left', () => {
  const { bench, eth0 } = twoUplinks();
  expect(ownRules(bench)).toHaveLength(4);
  bench.kernel.onEvents = () => {};
  bench.kernel.plug(eth0, false);
  bench.restart();
  bench.advance(60_000);
  expect([...ownRules(bench), ...ownTables(bench)]).toEqual([]);
});

test('a rule that another program removes is put back; its own rules and tables stay as they are', () => {
  const { bench, eth0 } = twoUplinks();
  const foreign = { family: 4, priority: 100, table: 100, source: { address: far, length: 32 } } as const;
  bench.kernel.addRule(foreign);
  bench.kernel.putRoute(
    { ifindex: eth0, destination: { address: '198.51.100.0' as IpAddress, length: 24 }, table: 100, protocol: 4 },
    'append',
  );
  const [first] = ownRules(bench);
  if (!first) throw new Error('no rule');
  bench.kernel.removeRule(first);
  bench.advance(100);
  expect(ownRules(bench)).toHaveLength(4);
  bench.ask({ kind: 'disconnect', service: bench.daemon.engine.world.order[1] ?? '' });
  bench.advance(1000);
  expect(bench.kernel.dump().rules).toMatchObject([foreign]);
  expect(ownTables(bench)).toEqual([]);
  expect(bench.kernel.dump().routes.filter(({ table }) => table === 100)).toHaveLength(1);
});

test('a user of a session sends by the session’s link, however the default moves, and others by the default (rule 191)', () => {
  const { bench } = twoUplinks();
  const [first = '', second = ''] = bench.daemon.engine.world.order;
  const wayOf = (uid: number) => {
    const way = bench.kernel.lookupFrom(undefined, far, uid);
    return bench.kernel.link(way?.ifindex ?? 0)?.name;
  };
  bench.ask({ kind: 'route-users', users: [{ uid: 1000, service: second }] });
  expect([wayOf(1000), wayOf(1001)]).toEqual(['eth1', 'eth0']);
  bench.ask({
    kind: 'route-users',
    users: [
      { uid: 1000, service: first },
      { uid: 1001, service: second },
    ],
  });
  expect([wayOf(1000), wayOf(1001)]).toEqual(['eth0', 'eth1']);
  // From an address of the other link it is that link.
  expect(leavesBy(bench, '192.168.1.5')).toBe('eth1');
  bench.ask({ kind: 'route-users', users: [] });
  expect([wayOf(1000), wayOf(1001)]).toEqual(['eth0', 'eth0']);
  expect(ownRules(bench)).toHaveLength(4);
});
