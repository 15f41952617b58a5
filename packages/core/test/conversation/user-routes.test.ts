/** Static routes that a user sets for a service. */
import { parseStaticRoutes } from '@connman/inet';
import { whyOf } from '../../src/shell/publish/why';
import type { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

const set = (bench: Bench, link: string, ...routes: readonly string[]) =>
  bench.ask({
    kind: 'configure',
    service: bench.service(link)?.id ?? '',
    setting: { name: 'Routes.Configuration', value: parseStaticRoutes(routes) },
  });
/** Those beside the default routes. */
const narrow = (bench: Bench) => bench.routes().filter((route) => !route.startsWith('default'));

test('they are set at once, replaced, and gone with an empty list', () => {
  const { bench } = online();
  set(bench, 'eth0', '192.0.2.0/24 via 10.0.0.9', '198.51.100.7');
  bench.advance(100);
  expect(narrow(bench)).toEqual(['192.0.2.0/24 via 10.0.0.9 eth0', '198.51.100.7/32 eth0']);
  set(bench, 'eth0', '192.0.2.0/24 via 10.0.0.8');
  bench.advance(100);
  expect(narrow(bench)).toEqual(['192.0.2.0/24 via 10.0.0.8 eth0']);
  set(bench, 'eth0');
  bench.advance(100);
  expect(narrow(bench)).toEqual([]);
});

test('a restart touches nothing, and finds them in the service’s file', () => {
  const { bench } = online();
  set(bench, 'eth0', '192.0.2.0/24 via 10.0.0.9');
  bench.advance(1000);
  bench.done();
  bench.restart();
  bench.dhcp.bound(bench.service('eth0')?.connection?.link?.ifindex ?? 0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect(bench.done('change')).toEqual([]);
  expect(narrow(bench)).toEqual(['192.0.2.0/24 via 10.0.0.9 eth0']);
});

test('they go with the cable and come back with it', () => {
  const { bench, eth0 } = online();
  set(bench, 'eth0', '192.0.2.0/24 via 10.0.0.9');
  bench.kernel.plug(eth0, false);
  bench.advance(20_000);
  expect(narrow(bench)).toEqual([]);
  bench.kernel.plug(eth0, true);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect(narrow(bench)).toEqual(['192.0.2.0/24 via 10.0.0.9 eth0']);
});

test('one whose gateway is in no network of the link waits until it is', () => {
  const { bench, eth0 } = online();
  set(bench, 'eth0', '192.0.2.0/24 via 192.168.7.1');
  bench.advance(1000);
  expect(narrow(bench)).toEqual([]);
  const why = () => whyOf(bench.daemon.engine.world, bench.idOf('eth0'), bench.clock.now())?.map(([code]) => code);
  expect(why()).toContain('route-unreachable');
  bench.dhcp.bound(eth0, leaseOf('192.168.7.5'));
  bench.advance(1000);
  expect(narrow(bench)).toEqual(['192.0.2.0/24 via 192.168.7.1 eth0']);
  expect(why()).not.toContain('route-unreachable');
});

test('a network that two services have goes by the first in order, and by the other when that has gone', () => {
  const { bench, eth0 } = twoUplinks();
  set(bench, 'eth0', '192.0.2.0/24 via 10.0.0.9');
  set(bench, 'eth1', '192.0.2.0/24 via 192.168.1.9');
  bench.advance(1000);
  expect(narrow(bench)).toEqual(['192.0.2.0/24 via 10.0.0.9 eth0', '192.0.2.0/24 via 192.168.1.9 eth1 low']);
  bench.kernel.plug(eth0, false);
  bench.advance(20_000);
  expect(narrow(bench)).toEqual(['192.0.2.0/24 via 192.168.1.9 eth1']);
});
