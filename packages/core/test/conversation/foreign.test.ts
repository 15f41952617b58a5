/** What belongs to other programs: whatever the daemon does, none of it is ever in a change. */
import { type IpAddress, parseIp, parsePrefix } from '@connman/inet';
import fc from 'fast-check';
import { addressKey, routeKey } from '../../src/model/observed/keys';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

/** Addresses and gateways that no lease below gives. */
const host = fc.integer({ min: 200, max: 205 });
const network = fc.constantFrom('10.0.0', '10.1.0', '172.20.0');
const foreignAddress = fc.record({ link: fc.nat(1), network, host, length: fc.constantFrom(16, 24, 32) });
const foreignRoute = fc.record({
  link: fc.nat(1),
  destination: fc.constantFrom('0.0.0.0/0', '0.0.0.0/0', '10.7.0.0/16', '9.9.9.9/32'),
  gateway: fc.option(fc.tuple(network, host)),
  metric: fc.constantFrom(0, 0, 100, 2 ** 32 - 1 - 2048),
  mode: fc.constantFrom('append', 'prepend', 'replace'),
  protocol: fc.constantFrom(2, 3, 4, 16),
});

const step = fc.oneof(
  fc.record({ kind: fc.constant('bound'), link: fc.nat(1), host: fc.integer({ min: 5, max: 9 }) }),
  fc.record({
    kind: fc.constantFrom('lost', 'silent', 'unplug', 'plug', 'disconnect', 'connect', 'static'),
    link: fc.nat(1),
  }),
  fc.record({ kind: fc.constantFrom('restart', 'offline', 'online', 'wait', 'overrun'), link: fc.constant(0) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function carryOut(bench: Bench, links: readonly number[], { kind, link, ...rest }: Step): void {
  const ifindex = links[link] ?? 0;
  const runs = bench.dhcp.running.has(ifindex);
  const id = bench.service(`eth${link}`)?.id;
  switch (kind) {
    case 'bound':
      return runs ? bench.dhcp.bound(ifindex, leaseOf(`10.${link}.0.${'host' in rest ? rest.host : 5}`)) : undefined;
    case 'lost':
      return runs ? bench.dhcp.lost(ifindex, 'expired') : undefined;
    case 'silent':
      return runs ? bench.dhcp.silent(ifindex, `169.254.0.${link + 1}`) : undefined;
    case 'unplug':
    case 'plug':
      return bench.kernel.plug(ifindex, kind === 'plug');
    case 'disconnect':
    case 'connect':
      if (id) bench.ask({ kind, service: id });
      return;
    case 'static': {
      const address = parseIp(`10.${link}.0.77`) as IpAddress;
      const value = { method: 'manual', address, netmask: parseIp('255.255.255.0') } as never;
      if (id) bench.ask({ kind: 'configure', service: id, setting: { name: 'IPv4.Configuration', value } });
      return;
    }
    case 'restart':
      return bench.restart();
    case 'offline':
    case 'online':
      bench.ask({ kind: 'set-offline-mode', offline: kind === 'offline' });
      return;
    case 'wait':
      return bench.advance(7000);
    case 'overrun':
      return bench.daemon.kernelSide.overrun();
  }
}

test('nothing of another program is removed or replaced, come what may', () => {
  const property = fc.property(
    fc.array(foreignAddress, { maxLength: 3 }),
    fc.array(foreignRoute, { maxLength: 4 }),
    fc.array(step, { minLength: 3, maxLength: 15 }),
    (addresses, routes, steps) => {
      const bench = new Bench();
      const links = [bench.addLink('eth0', { up: true }), bench.addLink('eth1', { up: true })];
      const foreign = new Set<string>();
      for (const { link, network: net, host: own, length } of addresses) {
        const address = { ifindex: links[link] ?? 0, address: `${net}.${own}` as IpAddress, prefixLength: length };
        if (bench.kernel.putAddress(address, false) === undefined) foreign.add(addressKey(address));
      }
      // Gateways are reachable for the asking: it is what happens to the routes that matters.
      for (const ifindex of links)
        bench.kernel.putRoute({ ifindex, destination: parsePrefix('0.0.0.0/1') as never }, 'append');
      for (const { link, destination, gateway, metric, mode, protocol } of routes) {
        const route = {
          ifindex: links[link] ?? 0,
          destination: parsePrefix(destination) as never,
          ...(gateway && { gateway: gateway.join('.') as IpAddress }),
          metric,
        };
        if (bench.kernel.putRoute({ ...route, protocol }, mode) === undefined) foreign.add(routeKey(route));
      }
      bench.onRequest = (change) => {
        if (change.kind === 'remove-address') expect(foreign).not.toContain(addressKey(change.address));
        if (change.kind === 'remove-route') expect(foreign).not.toContain(routeKey(change.route));
        if (change.kind !== 'put-route' || change.mode !== 'replace') return;
        const victim = bench.kernel
          .dump()
          .routes.find(
            (route) =>
              route.family === 4 &&
              route.metric === change.route.metric &&
              route.destination.address === change.route.destination.address &&
              route.destination.length === change.route.destination.length,
          );
        expect(victim?.protocol ?? 109).toBe(109);
      };
      bench.start();
      for (const one of steps) carryOut(bench, links, one);
    },
  );
  fc.assert(property, { numRuns: 300, seed: 42 });
});
