/** Routers that advertise more networks, or are more, than any link has: the kernel sets no limit to either. */
import type { IpAddress } from '@connman/inet';
import type { RouteFact } from '@connman/netlink';
import { mainTable } from '../../src/model/observed/keys';
import { mostNetworks, mostRouters } from '../../src/model/observed/router-routes';
import { Bench } from '../simulation/bench';

const main = { family: 6, table: mainTable, scope: 0, type: 1 } as const;
const network = (ifindex: number, address: string, protocol = 2): RouteFact => ({
  ...main,
  ...{ ifindex, protocol, metric: 256, destination: { address: address as IpAddress, length: 64 } },
});
const router = (ifindex: number, i: number): RouteFact => ({
  ...main,
  ...{ ifindex, protocol: 9, metric: 1024, destination: { address: '::' as IpAddress, length: 0 } },
  gateway: `fe80::${i}` as IpAddress,
});

function online() {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.advertise('eth0', '2001:db8:1::');
  bench.advance(2000);
  bench.done();
  const many = (routes: readonly RouteFact[], ifindex = eth0) => {
    bench.daemon.dispatch({ kind: 'router-routes', ifindex, routes });
    return bench.done('change').filter((text) => text.startsWith('remove-route'));
  };
  return { bench, eth0, many };
}

test('of networks on the link and behind it as many stay as any link has, and all that it has an address in', () => {
  const { eth0, many } = online();
  const flood = Array.from({ length: 1000 }, (_, i) => network(eth0, `2001:db8:ff:${i.toString(16)}::`, i % 2 ? 2 : 9));
  const removed = many([...flood, network(eth0, '2001:db8:1::'), network(eth0, 'fe80::')]);
  expect(removed).toHaveLength(1000 - mostNetworks);
  expect(removed.join()).not.toMatch(/2001:db8:1::|fe80::\//);
});

test('as many networks as the limit, and more that the link has addresses in, are left alone', () => {
  const { eth0, many } = online();
  const few = Array.from({ length: mostNetworks }, (_, i) => network(eth0, `2001:db8:ff:${i.toString(16)}::`));
  expect(many([...few, network(eth0, '2001:db8:1::')])).toEqual([]);
});

test('a network is no one’s own because a router routes it there', () => {
  const { eth0, many } = online();
  const few = Array.from({ length: mostNetworks }, (_, i) => network(eth0, `2001:db8:ff:${i.toString(16)}::`));
  expect(many([...few, network(eth0, '2001:db8:1::', 9)])).toHaveLength(1);
});

test('of many routers those that were heard first stay, and they alone are the way by another uplink’s side', () => {
  const { bench, eth0, many } = online();
  const eth1 = bench.addLink('eth1');
  bench.advance(1000);
  bench.advertise('eth1', '2001:db8:2::');
  const routers = Array.from({ length: 200 }, (_, i) => router(eth0, i + 2));
  for (const { ifindex, destination, gateway } of routers)
    bench.kernel.putRoute({ ifindex, destination, ...(gateway && { gateway }), protocol: 9 }, 'append');
  bench.advance(2000);
  const raised = bench.kernel
    .dump()
    .routes.filter(({ family, metric, destination }) => family === 6 && metric === 512 && destination.length === 0);
  expect(raised.map(({ gateway }) => gateway)).toEqual(Array.from({ length: mostRouters }, (_, i) => `fe80::${i + 1}`));
  expect(raised.every(({ ifindex }) => ifindex === eth0)).toBe(true);
  bench.done();
  const removed = many([router(eth0, 1), ...routers]);
  expect(removed).toHaveLength(201 - mostRouters);
  expect(removed.join()).not.toMatch(/fe80::[1-8] /);
  expect([...bench.daemon.engine.world.observed.routes.advertised.of('default')].length).toBe(mostRouters + 1);
  expect(bench.kernel.link(eth1)?.carrier).toBe(true);
});

test('a link that is not managed is left alone, and the warning comes once', () => {
  const { bench, eth0, many } = online();
  const lxc = bench.addLink('vboxnet0', { kind: 'bridge' });
  bench.advance(1000);
  const flood = (ifindex: number) =>
    Array.from({ length: 100 }, (_, i) => network(ifindex, `2001:db8:ff:${i.toString(16)}::`));
  expect(many(flood(lxc), lxc)).toEqual([]);
  bench.daemon.dispatch({ kind: 'router-routes', ifindex: eth0, routes: flood(eth0) });
  bench.daemon.dispatch({ kind: 'router-routes', ifindex: eth0, routes: flood(eth0) });
  expect(bench.done('log').filter((text) => text.includes('more networks than any link has'))).toHaveLength(1);
});
