/** What must hold once the causes of trouble are gone. */

import { managerState } from '../../src/model/manager/bus-properties';
import { addressKey, routeKey, ruleKey } from '../../src/model/observed/keys';
import { isRouteOfInterest, isRuleOfInterest } from '../../src/model/observed/tables';
import { isConnected, linkOf, pendingOf } from '../../src/model/service/service';
import type { Machine } from './machine';

/** Every way in which the machine is not online; empty when all is well. */
export function complaints(machine: Machine): string[] {
  const { daemon, kernel } = machine;
  if (!daemon) return ['no daemon'];
  const { world } = daemon.engine;
  const found: string[] = [];
  if (managerState(world) !== 'online') {
    const services = [...world.services.values()].map(
      (service) => `${service.id} ${service.state} ${service.error} [${pendingOf(service).join()}]`,
    );
    found.push(`Manager.State is ${managerState(world)}: ${services.join('; ') || 'no services'}`);
  }
  if (!machine.reachesInternet()) found.push('packets do not reach the internet');
  for (const service of world.services.values()) {
    if (!isConnected(service.families[4].state)) continue;
    if (!machine.reachesInternet(linkOf(service))) found.push(`no way out by the link of ${service.id}`);
  }
  if (machine.config.singleConnectedTechnology) {
    const connected = [...world.services.values()].filter((service) => isConnected(service.state));
    if (connected.length > 1) found.push(`${connected.length} services are connected`);
  } else {
    for (const service of world.services.values()) {
      const { id, families } = service;
      const { state } = families[4];
      if (!isConnected(state)) found.push(`${id} is ${state} over IPv4 [${pendingOf(service).join()}]`);
    }
    if (world.services.size !== machine.ports.length) found.push(`${world.services.size} services`);
  }
  const [first] = world.order;
  const service = world.services.get(first ?? '');
  const lan = machine.portOf((service && linkOf(service)) ?? 0)?.lan;
  const plan = JSON.stringify(world.dnsPlan ?? '');
  if (service && lan) {
    const isAdvertised = lan.ipv6 && isConnected(service.families[6].state);
    const servers = [lan.gateway, ...(isAdvertised ? [lan.nameserver6] : [])];
    if (!plan.includes(`"nameservers":${JSON.stringify(servers)}`)) {
      found.push(`name servers are not the default network’s ${servers.join()}: ${plan}`);
    }
  }
  found.push(...illusions(machine, kernel.dump()));
  if (found.length === 0) found.push(...daemon.client.errors(world));
  return found;
}

/** What the daemon believes of the kernel and is not so. */
function illusions(machine: Machine, dump: ReturnType<Machine['kernel']['dump']>): string[] {
  const observed = machine.daemon?.engine.world.observed;
  if (!observed) return [];
  const addresses = new Set(dump.addresses.map((address) => addressKey(address)));
  const routes = new Set(
    dump.routes
      .filter((route) => isRouteOfInterest({ ...route, destinationLength: route.destination.length }))
      .map((route) => routeKey(route)),
  );
  const compare = (what: string, real: ReadonlySet<string>, believed: Iterable<string>): string[] => {
    const held = new Set(believed);
    return [
      ...[...real].filter((key) => !held.has(key)).map((key) => `does not know of ${what} ${key}`),
      ...[...held].filter((key) => !real.has(key)).map((key) => `believes in ${what} ${key}`),
    ];
  };
  return [
    ...compare('address', addresses, observed.addresses.keys()),
    ...compare('route', routes, observed.routes.keys()),
    ...compare('rule', new Set(dump.rules.filter(isRuleOfInterest).map(ruleKey)), observed.rules.keys()),
    ...dump.links
      .filter((link) => JSON.stringify(link) !== JSON.stringify(observed.links.get(link.ifindex)))
      .map((link) => `is wrong about link ${link.name}`),
  ];
}
