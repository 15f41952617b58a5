/** What a turn costs, counted in steps through the world's maps: no more with much in the world than with little. */
import type { IpAddress, MacAddress } from '@connman/inet';
import type { RouteFact } from '@connman/netlink';
import { stepsOf } from '@connman/testkit/steps';
import { mainTable, ownProtocol } from '../src/model/observed/keys';
import { Bench } from './simulation/bench';
import { hearNetworks, joinHome } from './simulation/networks';
import { leaseOf } from './simulation/scripted-dhcp';

/** Online in one of so many networks. */
function amongNetworks(count: number) {
  const bench = new Bench();
  const radio = bench.addRadio('wlan0');
  hearNetworks(radio, count);
  bench.start();
  joinHome(bench, radio);
  bench.advance(60_000);
  expect(bench.stateOfName('Home')).toBe('online');
  const { networks } = bench.daemon.engine.world;
  const hear = (strengthOf: (i: number) => number) => {
    const changed = [...networks.values()]
      .filter(({ link }) => link.kind === 'idle')
      .map((network, i) => ({ ...network, strength: strengthOf(i) }));
    return changed;
  };
  const report = (changed: ReturnType<typeof hear>) =>
    bench.daemon.dispatch({ kind: 'technology', driver: radio.name, event: { kind: 'networks', changed, gone: [] } });
  const tick = () => bench.daemon.dispatch({ kind: 'tick' });
  // What changed in the turn before is looked at once more.
  tick();
  tick();
  return { tick, hear, report };
}

/** Online by each of so many cables. */
function amongLinks(count: number) {
  const bench = new Bench();
  const hex = (byte: number) => byte.toString(16).padStart(2, '0');
  const links = Array.from({ length: count }, (_, i) =>
    bench.addLink(`eth${i}`, { mac: `02:00:00:00:${hex(i >> 8)}:${hex(i & 255)}` as MacAddress }),
  );
  bench.start();
  bench.advance(0);
  links.forEach((ifindex, i) => {
    bench.dhcp.bound(ifindex, leaseOf(`10.${i >> 8}.${i & 255}.5`));
  });
  bench.advance(60_000);
  expect(bench.service('eth0')?.state).toBe('online');
  const tick = () => bench.daemon.dispatch({ kind: 'tick' });
  tick();
  tick();
  return { bench, tick, first: links[0] ?? 0 };
}

/** Routes that carry our mark, as a former run has left them, and that are not wanted any more. */
function leftRoutes(count: number) {
  const bench = new Bench();
  const ifindex = bench.addLink('eth0', { plugged: false });
  bench.start();
  bench.advance(0);
  const { engine } = bench.daemon;
  const routes = Array.from({ length: count }, (_, i) => ({
    ...{ family: 4 as const, ifindex, metric: 0, table: mainTable, protocol: ownProtocol, scope: 253, type: 1 },
    destination: { address: `10.${i >> 8}.${i & 255}.0` as IpAddress, length: 24 },
  })) as unknown as RouteFact[];
  const tell = (kind: 'route' | 'route-gone') =>
    engine.turn({
      ...{ kind: 'kernel', at: bench.clock.now(), wall: bench.clock.wallTime() },
      facts: routes.map((route) => (kind === 'route' ? { kind, route, replaces: false } : { kind, route })),
    });
  return { engine, tell };
}

test('7,064 routes to remove cost four times as much as 1,766 of them, and so does hearing that they are gone', () => {
  const stepsFor = (count: number) => {
    const { engine, tell } = leftRoutes(count);
    const removed = () => tell('route').filter((effect) => effect.kind === 'change').length;
    let changes = 0;
    const removing = stepsOf(() => {
      changes = removed();
    });
    expect(changes).toBe(count);
    const hearing = stepsOf(() => void tell('route-gone'));
    expect(engine.world.observed.routes.size).toBe(0);
    return { removing, hearing };
  };
  const [few, many] = [stepsFor(1766), stepsFor(7064)];
  expect(many.removing / few.removing).toBeLessThan(4.5);
  expect(many.hearing / few.hearing).toBeLessThan(4.5);
});

test('of the other links a turn in which one has changed composes and plans nothing again', () => {
  const stepsAmong = (count: number) => {
    const { bench, first } = amongLinks(count);
    const link = bench.daemon.engine.world.observed.links.get(first);
    if (!link) throw new Error('no link');
    const change = { kind: 'link', link: { ...link, mtu: 1400 } } as const;
    return stepsOf(() => bench.daemon.dispatch({ kind: 'kernel', facts: [change] }));
  };
  // What is wanted of each, its own table and rules included, is compared with what there is.
  expect((stepsAmong(60) - stepsAmong(20)) / 40).toBeLessThan(400);
});

test('a tick costs the same with 200 networks as with two', () => {
  expect(stepsOf(amongNetworks(200).tick)).toBe(stepsOf(amongNetworks(2).tick));
});

test('a tick costs the same with 60 links as with one', () => {
  expect(stepsOf(amongLinks(60).tick)).toBe(stepsOf(amongLinks(1).tick));
});

test('a network heard at another strength costs next to nothing more among 200 than among two', () => {
  const stepsAmong = (count: number) => {
    const { hear, report } = amongNetworks(count);
    // The first one stays the strongest: another order is told as a whole.
    report(
      hear(() => 50)
        .slice(0, 1)
        .map((network) => ({ ...network, strength: 98 })),
    );
    const [first] = hear(() => 99);
    return stepsOf(() => report(first ? [first] : []));
  };
  expect((stepsAmong(200) - stepsAmong(2)) / 198).toBeLessThan(5);
});

test('the result of a scan costs so much for each network, however many there are', () => {
  const stepsAmong = (count: number) => {
    const { hear, report } = amongNetworks(count);
    const changed = hear((i) => 30 + ((i * 7) % 60));
    return stepsOf(() => report(changed)) / changed.length;
  };
  expect(stepsAmong(200)).toBeLessThan(1.1 * stepsAmong(50));
});
