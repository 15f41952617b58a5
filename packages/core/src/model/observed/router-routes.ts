/**
 * The IPv6 routes that the kernel makes of what a link's routers advertise: to themselves, to networks on the link, to networks
 * behind them (RFC 4861, RFC 4191). The kernel sets no limit to them.
 */
import { formatPrefix, type IpAddress, type Ipv6Address, isIpv6LinkLocal, networkPrefixOf } from '@connman/inet';
import type { RouteFact, RouteHeader } from '@connman/netlink';
import { mainTable } from './keys';
import type { RouteTable } from './route-table';

/** RTPROT_: networks on the link, as those of addresses; and the rest. */
export const routerProtocols = { kernel: 2, advertisement: 9 } as const;

/** Default routers of one link that count: those that were heard first. */
export const mostRouters = 8;
/** Networks of one link, more than any has. */
export const mostNetworks = 64;

/** Of a message about a route, before the rest of it is looked at. */
export function isRouterRoute({ family, table, protocol }: RouteHeader): boolean {
  if (family !== 6 || table !== mainTable) return false;
  return protocol === routerProtocols.kernel || protocol === routerProtocols.advertisement;
}

/** The routers of a link's default routes that count. */
export function advertisedRouters(routes: RouteTable, ifindex: number): IpAddress[] {
  const gateways = routes.advertised.of('default').flatMap((route) => {
    return route.ifindex === ifindex && route.gateway ? [route.gateway] : [];
  });
  return gateways.slice(0, mostRouters);
}

/** Of all such routes of a link, those that are too many; never one to a network that the link has an address in. */
export function superfluous(
  routes: readonly RouteFact[],
  addresses: readonly IpAddress[],
  knownRouters: readonly IpAddress[],
): RouteFact[] {
  const lengths = new Set(routes.map(({ destination }) => destination.length));
  const own = new Set<string>();
  for (const length of lengths)
    for (const address of addresses) own.add(formatPrefix(networkPrefixOf({ address, length })));
  const isOwn = ({ destination, protocol }: RouteFact) =>
    protocol === routerProtocols.kernel &&
    (own.has(formatPrefix(destination)) || isIpv6LinkLocal(destination.address as Ipv6Address));
  const isDefault = ({ destination }: RouteFact) => destination.length === 0;
  const isKnown = ({ gateway }: RouteFact) => gateway !== undefined && knownRouters.includes(gateway);
  const networks = routes.filter((route) => !isDefault(route) && !isOwn(route));
  return [...networks.slice(mostNetworks), ...routes.filter((route) => isDefault(route) && !isKnown(route))];
}
