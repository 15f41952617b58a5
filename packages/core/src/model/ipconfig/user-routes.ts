/**
 * Static routes that a user has set for services. They are the user's word: a tunnel that takes all traffic takes these networks
 * only if its own routes are narrower. A network that two services have goes by the first in service order.
 */
import { contains, familyOf, type IpAddress, type Ipv6Address, isIpv6LinkLocal } from '@connman/inet';
import { addressesOf, type Observed } from '../observed/tables';
import { lowPriorityMetric, ordinaryMetric, type ServiceShare } from './compose';
import type { DesiredRoute } from './desired';

export function composeUserRoutes(observed: Observed, shares: readonly ServiceShare[]): DesiredRoute[] {
  const routes: DesiredRoute[] = [];
  const taken = new Set<string>();
  for (const { ifindex, userRoutes = [] } of shares) {
    for (const { destination, gateway } of userRoutes) {
      const family = familyOf(destination.address);
      // Until the link has an address beside the gateway the kernel would refuse the route.
      if (gateway && !isReachable(observed, ifindex, gateway)) continue;
      const name = `${destination.address}/${destination.length}`;
      const metric = taken.has(name) ? lowPriorityMetric(ifindex) : ordinaryMetric(family);
      taken.add(name);
      routes.push({ ifindex, family, destination, ...(gateway && { gateway }), metric });
    }
  }
  return routes;
}

/** Whether the gateway is in a network of the link. */
export function isReachable(observed: Observed, ifindex: number, gateway: IpAddress): boolean {
  if (isIpv6LinkLocal(gateway as Ipv6Address)) return true;
  for (const { address, prefixLength } of addressesOf(observed, ifindex)) {
    if (contains({ address, length: prefixLength }, gateway)) return true;
  }
  return false;
}
