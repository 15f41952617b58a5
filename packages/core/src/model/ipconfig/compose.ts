/**
 * compose: contributions in service order become Desired.
 *
 * Of each family the first service that has a default route is the default one; each other service keeps a default route of
 * low priority on its own link, so that traffic bound to the link still leaves by it (ConnMan rules 101 to 104).
 */
import {
  contains,
  type Family,
  familyOf,
  type IpAddress,
  type Ipv6Address,
  isIpv6LinkLocal,
  type Prefix,
} from '@connman/inet';
import type { Contribution } from './contribution';
import type { DesiredAddress, DesiredRoute } from './desired';

/** A connected service's share, in service order. */
export interface ServiceShare {
  readonly ifindex: number;
  readonly contributions: readonly Contribution[];
}

/** ConnMan rule 101. */
export function lowPriorityMetric(ifindex: number): number {
  return Math.max(2 ** 20, 2 ** 32 - 1 - ifindex * 1024);
}

/** None for IPv4; for IPv6 what the kernel makes of none (IP6_RT_PRIO_USER). */
function ordinaryMetric(family: Family): number {
  return family === 4 ? 0 : 1024;
}

export function composeAddresses(shares: readonly ServiceShare[]): DesiredAddress[] {
  return shares.flatMap(({ ifindex, contributions }) =>
    contributions.flatMap((contribution) => contribution.addresses.map((address) => ({ ifindex, ...address }))),
  );
}

export function composeRoutes(shares: readonly ServiceShare[]): DesiredRoute[] {
  const routes: DesiredRoute[] = [];
  const served = new Set<string>();
  const defaults = new Map<Family, ServiceShare>();
  for (const share of shares) {
    for (const family of defaultFamiliesOf(share)) if (!defaults.has(family)) defaults.set(family, share);
  }
  for (const share of shares) {
    const isDefault = (family: Family) => (defaults.get(family) ?? shares[0]) === share;
    for (const contribution of share.contributions) {
      routes.push(...routesOf(share.ifindex, contribution, isDefault, served));
    }
  }
  return routes;
}

/** The families the service has a default route of. */
function defaultFamiliesOf({ contributions }: ServiceShare): Family[] {
  const defaults = contributions.flatMap(({ routes }) => routes.filter(({ destination }) => destination.length === 0));
  return defaults.map(({ destination }) => familyOf(destination.address));
}

function routesOf(
  ifindex: number,
  contribution: Contribution,
  isDefault: (family: Family) => boolean,
  /** Name servers that a service before this one already has a way to. */
  served: Set<string>,
): DesiredRoute[] {
  const onLink: DesiredRoute[] = [];
  const through: DesiredRoute[] = [];
  const networks = contribution.addresses.map((own): Prefix => ({ address: own.address, length: own.prefixLength }));
  const reaches = (address: IpAddress) =>
    isIpv6LinkLocal(address as Ipv6Address) || networks.some((network) => contains(network, address));
  const hostRoute = (address: IpAddress): Prefix => ({ address, length: familyOf(address) === 4 ? 32 : 128 });

  for (const { destination, gateway } of contribution.routes) {
    const family = familyOf(destination.address);
    if (gateway && !reaches(gateway) && !onLink.some((route) => route.destination.address === gateway)) {
      // A gateway outside the address's network, as with /32 leases, is reachable on the link itself.
      onLink.push({ ifindex, family, destination: hostRoute(gateway), metric: ordinaryMetric(family) });
    }
    const isLow = destination.length === 0 && !isDefault(family);
    const metric = isLow ? lowPriorityMetric(ifindex) : ordinaryMetric(family);
    (gateway ? through : onLink).push({ ifindex, family, destination, ...(gateway && { gateway }), metric });
  }

  // The default service's name servers are reached by its default route; any other's need a way of their own (rule 104).
  for (const server of contribution.nameservers) {
    const way = through.find((route) => route.destination.length === 0 && route.family === familyOf(server));
    const taken = served.has(server);
    served.add(server);
    if (isDefault(familyOf(server)) || taken || !way || reaches(server)) continue;
    if (through.some((route) => route.destination.address === server)) continue;
    through.push({ ...way, destination: hostRoute(server), metric: ordinaryMetric(way.family) });
  }
  return [...onLink, ...through];
}
