/** What each connected service brings to the kernel's configuration, in service order, and the ways to the servers of tunnels. */
import type { IpAddress } from '@connman/inet';
import type { Verdict } from '../model/device/link-state';
import type { ServiceShare } from '../model/ipconfig/compose';
import type { DesiredRoute } from '../model/ipconfig/desired';
import { serverRoutes } from '../model/ipconfig/server-routes';
import { mostRouters } from '../model/observed/router-routes';
import { routesOf } from '../model/observed/tables';
import { rankOfWay } from '../model/service/order';
import { contributionsOf } from '../model/service/progress';
import { isConnected, perFamily, type Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import { servicesOf } from '../turn';
import type { World } from '../world';

export function sharesOf(world: World): ServiceShare[] {
  const routers = routersByLink(world);
  const shares: ServiceShare[] = [];
  for (const service of [...servicesOf(world), ...world.services.peers.of('joined')]) {
    const share = shareOf(service, routers);
    if (share) shares.push(share);
  }
  return shares;
}

/** The links we manage that have an IPv6 default route by a router advertisement, also those whose cable is out. */
export function advertisedLinks({ observed, verdicts }: World): ReadonlySet<number> {
  const links = observed.routes.advertised.of('default').map(({ ifindex }) => ifindex);
  return new Set(links.filter((ifindex) => isManaged(verdicts.get(ifindex))));
}

const isManaged = (verdict: Verdict | undefined): boolean => verdict !== undefined && verdict.reason === undefined;

export function waysToServers(world: World, shares: readonly ServiceShare[]): DesiredRoute[] {
  return serverRoutes(shares, (ifindex) => routerOf(world, ifindex));
}

function shareOf(service: Service, routers: ReadonlyMap<number, readonly IpAddress[]>): ServiceShare | undefined {
  const { link } = service.connection ?? {};
  const contributions = contributionsOf(service);
  // An uplink without IPv4 may still have the way to a server by what routers advertise.
  if (!link || (contributions.length === 0 && !isConnected(service.state))) return undefined;
  const { ifindex, provided } = link;
  return {
    ifindex,
    contributions,
    ...(kindOf(service.type).isTunnel && { servers: provided?.servers ?? [] }),
    routers: routers.get(ifindex) ?? none,
    ...(service.settings.routes && { userRoutes: service.settings.routes }),
    ranks: perFamily((family) => rankOfWay(service.connection?.ways?.[family])),
  };
}

const none: readonly IpAddress[] = [];

/** The routers of the IPv6 default routes that the kernel made of advertisements, by ifindex. */
function routersByLink({ observed }: World): ReadonlyMap<number, readonly IpAddress[]> {
  const routers = new Map<number, IpAddress[]>();
  for (const { ifindex, gateway } of observed.routes.advertised.of('default')) {
    if (!gateway) continue;
    const ofLink = routers.get(ifindex);
    if (ofLink && ofLink.length < mostRouters) ofLink.push(gateway);
    if (!ofLink) routers.set(ifindex, [gateway]);
  }
  return routers;
}

/** The router of the IPv6 default route that the kernel made of an advertisement. */
function routerOf({ observed }: World, ifindex: number): IpAddress | undefined {
  for (const { family, destination, gateway } of routesOf(observed, ifindex)) {
    if (family === 6 && destination.length === 0 && gateway) return gateway;
  }
  return undefined;
}
