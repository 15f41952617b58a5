/**
 * The ways to the servers of tunnels: host routes over the first uplink in service order, so that a tunnel's own packets never
 * go into it, and follow the uplink when that changes (ConnMan rule 104).
 */
import { contains, type Family, familyOf, type IpAddress } from '@connman/inet';
import { hostPrefix, isTunnel, networksOf, ordinaryMetric, type ServiceShare } from './compose';
import type { DesiredRoute } from './desired';

/** `routerOf`: the router that a link's IPv6 default route leads to, where the kernel set it. */
export function serverRoutes(
  shares: readonly ServiceShare[],
  routerOf: (ifindex: number) => IpAddress | undefined,
): DesiredRoute[] {
  const uplinks = shares.filter((share) => !isTunnel(share));
  const servers = new Set(shares.flatMap((share) => share.servers ?? []));
  return [...servers].flatMap((server) => {
    for (const uplink of uplinks) {
      const way = wayTo(server, uplink, routerOf);
      if (way) return [way];
    }
    return [];
  });
}

function wayTo(
  server: IpAddress,
  uplink: ServiceShare,
  routerOf: (ifindex: number) => IpAddress | undefined,
): DesiredRoute | undefined {
  const { ifindex, contributions } = uplink;
  const family = familyOf(server);
  const route = { ifindex, family, destination: hostPrefix(server), metric: ordinaryMetric(family) };
  // Also on the uplink's own network: a network of the tunnel may be as narrow.
  if (contributions.some((one) => networksOf(one).some((network) => contains(network, server)))) return route;
  const gateway = contributions.flatMap((one) => one.routes).find(isDefaultOf(family))?.gateway;
  const router = gateway ?? (family === 6 ? routerOf(ifindex) : undefined);
  return router && { ...route, gateway: router };
}

const isDefaultOf =
  (family: Family) =>
  ({ destination }: { readonly destination: { readonly address: IpAddress; readonly length: number } }) =>
    destination.length === 0 && familyOf(destination.address) === family;
