/**
 * compose: contributions in service order become Desired.
 *
 * Of each family the first service that has a default route is the default one, a tunnel before any other; each other service
 * keeps a default route of low priority on its own link, so that traffic bound to the link still leaves by it (ConnMan rules
 * 101 to 105).
 */
import {
  contains,
  type Family,
  familyOf,
  type IpAddress,
  type Ipv6Address,
  isIpv6LinkLocal,
  type Prefix,
  type StaticRoute,
} from '@connman/inet';
import type { Contribution } from './contribution';
import type { DesiredAddress, DesiredRoute } from './desired';

/** A connected service's share, in service order. */
export interface ServiceShare {
  readonly ifindex: number;
  readonly contributions: readonly Contribution[];
  /** Of a tunnel alone: its servers, whose way is over the service below. */
  readonly servers?: readonly IpAddress[];
  /** Of the IPv6 default routes that the kernel made of router advertisements. */
  readonly routers?: readonly IpAddress[];
  /** Static routes that a user has set. */
  readonly userRoutes?: readonly StaticRoute[];
  /** How good the way is that each family offers, the best 0; all alike where absent. */
  readonly ranks?: Partial<Record<Family, number>>;
}

const anywhere6: Prefix = { address: '::' as IpAddress, length: 0 };

export const isTunnel = ({ servers }: ServiceShare): boolean => servers !== undefined;

/** ConnMan rule 101. */
export function lowPriorityMetric(ifindex: number): number {
  return Math.max(2 ** 20, 2 ** 32 - 1 - ifindex * 1024);
}

/** None for IPv4; for IPv6 what the kernel makes of none (IP6_RT_PRIO_USER). */
export function ordinaryMetric(family: Family): number {
  return family === 4 ? 0 : 1024;
}

/** Of IPv6 the kernel's own default routes have the ordinary metric, and a router may say that its is preferred (RFC 4191). */
function tunnelMetric(family: Family): number {
  return family === 4 ? 0 : 1;
}

/** Before the default routes that the kernel makes of router advertisements, also those of a link whose cable is out. */
const firstMetric6 = 512;

export function composeAddresses(shares: readonly ServiceShare[]): DesiredAddress[] {
  const addresses: DesiredAddress[] = [];
  for (const share of shares) addresses.push(...composedOf(share).addresses);
  return addresses;
}

/** What was made of a share, and whatever else it was made of, as text. */
interface Composed {
  readonly ifindex: number;
  readonly addresses: readonly DesiredAddress[];
  readonly defaultFamilies: readonly Family[];
  readonly nameservers: readonly IpAddress[];
  circumstances: string;
  routes: readonly DesiredRoute[];
}

/** A share of which nothing has changed is not composed again: there may be a thousand, and one that has changed. */
const composed = new WeakMap<readonly Contribution[], Composed>();

function composedOf({ ifindex, contributions }: ServiceShare): Composed {
  const known = composed.get(contributions);
  if (known?.ifindex === ifindex) return known;
  const addresses = contributions.flatMap((one) => one.addresses.map((address) => ({ ifindex, ...address })));
  const defaults = contributions.flatMap(({ routes }) => routes.filter(({ destination }) => destination.length === 0));
  const defaultFamilies = defaults.map(({ destination }) => familyOf(destination.address));
  const nameservers = contributions.flatMap((one) => one.nameservers);
  const made: Composed = { ifindex, addresses, defaultFamilies, nameservers, circumstances: 'none yet', routes: [] };
  composed.set(contributions, made);
  return made;
}

/** `advertised`: the links with an IPv6 default route that the kernel made of a router advertisement. */
export function composeRoutes(
  shares: readonly ServiceShare[],
  advertised: ReadonlySet<number> = new Set(),
): DesiredRoute[] {
  const routes: DesiredRoute[] = [];
  const served = new Set<string>();
  const defaults = new Map<Family, ServiceShare>();
  // A tunnel that is being restored has the place of a connected one: nothing goes past it meanwhile.
  for (const share of [...shares.filter(isTunnel), ...shares.filter((one) => !isTunnel(one))]) {
    for (const family of defaultFamiliesOf(share)) {
      const first = defaults.get(family);
      if (!first || (!isTunnel(first) && rankOf(share, family) < rankOf(first, family))) defaults.set(family, share);
    }
  }
  const isUnderTunnel = (family: Family) => {
    const first = defaults.get(family);
    return first !== undefined && isTunnel(first);
  };
  const underTunnel = `${isUnderTunnel(4)} ${isUnderTunnel(6)}`;
  for (const share of shares) {
    const isDefault = (family: Family) => (defaults.get(family) ?? shares[0]) === share;
    // What is asked of an uplink's servers under a full tunnel goes through that, as all else does.
    const needsWay = (server: IpAddress) =>
      !isDefault(familyOf(server)) && (isTunnel(share) || !isUnderTunnel(familyOf(server)));
    const known = composedOf(share);
    const taken = known.nameservers.filter((server) => served.has(server));
    for (const server of known.nameservers) served.add(server);
    const circumstances = `${isTunnel(share)} ${isDefault(4)} ${isDefault(6)} ${underTunnel} ${taken.join(' ')}`;
    if (known.circumstances !== circumstances) {
      const local = new Set<string>(taken);
      known.circumstances = circumstances;
      known.routes = share.contributions.flatMap((contribution) =>
        routesOf(share, contribution, isDefault, isUnderTunnel, needsWay, local),
      );
    }
    routes.push(...known.routes);
  }
  const first6 = defaults.get(6);
  return first6 ? beforeAdvertised(routes, first6, advertised) : routes;
}

/**
 * The kernel keeps the default routes that routers advertise, with equal metrics for all links and whether or not the cable is
 * in. Where another link has one, the first service's are set once more, before all of them.
 */
function beforeAdvertised(
  routes: DesiredRoute[],
  { ifindex, routers = [], servers }: ServiceShare,
  advertised: ReadonlySet<number>,
): DesiredRoute[] {
  const isAlone = [...advertised].every((other) => other === ifindex);
  if (isAlone || servers) return routes;
  const isFirst = ({ destination, family, ifindex: own }: DesiredRoute) =>
    family === 6 && destination.length === 0 && own === ifindex;
  const raised = routes.map((route) => (isFirst(route) ? { ...route, metric: firstMetric6 } : route));
  if (raised.some(isFirst)) return raised;
  return [
    ...raised,
    ...routers.map((gateway) => ({
      ifindex,
      family: 6 as const,
      destination: anywhere6,
      gateway,
      metric: firstMetric6,
    })),
  ];
}

const rankOf = ({ ranks }: ServiceShare, family: Family): number => ranks?.[family] ?? 0;

export function hostPrefix(address: IpAddress): Prefix {
  return { address, length: familyOf(address) === 4 ? 32 : 128 };
}

/** The networks on the link itself. */
export function networksOf({ addresses }: Contribution): Prefix[] {
  return addresses.map((own) => ({ address: own.address, length: own.prefixLength }));
}

/** The families the service has a default route of. */
function defaultFamiliesOf(share: ServiceShare): readonly Family[] {
  const { defaultFamilies } = composedOf(share);
  return share.routers && share.routers.length > 0 ? [...defaultFamilies, 6] : defaultFamilies;
}

function routesOf(
  share: ServiceShare,
  contribution: Contribution,
  isDefault: (family: Family) => boolean,
  /** A tunnel takes all traffic: what a server of the uplink says of other ways counts no more (CVE-2024-3661). */
  isUnderTunnel: (family: Family) => boolean,
  /** Name servers that the default route does not lead to. */
  needsWay: (server: IpAddress) => boolean,
  /** Name servers that this or a service before it already has a way to. */
  served: Set<string>,
): DesiredRoute[] {
  const { ifindex } = share;
  const onLink: DesiredRoute[] = [];
  const through: DesiredRoute[] = [];
  const onLinkHosts = new Set<IpAddress>();
  const networks = networksOf(contribution);
  const reaches = (address: IpAddress) =>
    isIpv6LinkLocal(address as Ipv6Address) || networks.some((network) => contains(network, address));

  for (const { destination, gateway } of contribution.routes) {
    const family = familyOf(destination.address);
    if (destination.length > 0 && !isTunnel(share) && isUnderTunnel(family)) continue;
    if (gateway && !reaches(gateway) && !onLinkHosts.has(gateway)) {
      // A gateway outside the address's network, as with /32 leases, is reachable on the link itself.
      onLinkHosts.add(gateway);
      onLink.push({ ifindex, family, destination: hostPrefix(gateway), metric: ordinaryMetric(family) });
    }
    const isLow = destination.length === 0 && !isDefault(family);
    const ordinary = isTunnel(share) ? tunnelMetric(family) : ordinaryMetric(family);
    const metric = isLow ? lowPriorityMetric(ifindex) : ordinary;
    if (!gateway) onLinkHosts.add(destination.address);
    (gateway ? through : onLink).push({ ifindex, family, destination, ...(gateway && { gateway }), metric });
  }

  // The default service's name servers are reached by its default route; any other's need a way of their own (rule 104).
  for (const server of contribution.nameservers) {
    const family = familyOf(server);
    const way = isTunnel(share)
      ? { ifindex, family }
      : through.find((route) => route.destination.length === 0 && route.family === family);
    const taken = served.has(server);
    served.add(server);
    if (!needsWay(server) || taken || !way || reaches(server)) continue;
    if ([...through, ...onLink].some((route) => contains(route.destination, server) && route.destination.length > 0))
      continue;
    through.push({ ...way, destination: hostPrefix(server), metric: ordinaryMetric(family) });
  }
  return [...onLink, ...through];
}
