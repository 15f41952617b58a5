/**
 * Replies leave by the link that was asked: where several uplinks lead out, each has a table of its own with its networks and its
 * way out, and packets from an address of the link look their route up there (ADR 20). With one uplink there is none of it.
 */
import {
  contains,
  type Family,
  familyOf,
  formatPrefix,
  type IpAddress,
  type Ipv4Address,
  type Ipv6Address,
  ipv4Any,
  ipv6Any,
  isIpv4LinkLocal,
  isIpv6LinkLocal,
  networkPrefixOf,
  type Prefix,
} from '@connman/inet';
import { mainTable, rulePriorities, tableOfLink } from '../observed/keys';
import { addressesOf, type Observed } from '../observed/tables';
import { hostPrefix, isTunnel, ordinaryMetric, type ServiceShare } from './compose';
import type { DesiredRoute, DesiredRule } from './desired';

export interface Replies {
  readonly routes: readonly DesiredRoute[];
  readonly rules: readonly DesiredRule[];
}

const none: Replies = { routes: [], rules: [] };

interface OwnAddress {
  readonly address: IpAddress;
  readonly network: Prefix;
}

/** What one family of a link has to reply from and by. */
interface Uplink {
  readonly ifindex: number;
  readonly family: Family;
  readonly addresses: readonly OwnAddress[];
  /** Undefined stands for a way without a gateway. */
  readonly gateways: readonly (IpAddress | undefined)[];
}

/** Sockets of a user that have no address yet are to get one of this link, and leave by it. */
export interface RoutedUser {
  readonly uid: number;
  readonly ifindex: number;
}

export function composeReplies(
  observed: Observed,
  shares: readonly ServiceShare[],
  users: readonly RoutedUser[] = [],
): Replies {
  if (!observed.hasRules || shares.length < 2) return none;
  const all: Replies[] = [];
  for (const family of [4, 6] as const) {
    const tunnels = shares.filter(isTunnel);
    // What is to go through a tunnel does not go past it.
    if (tunnels.some((share) => gatewaysOf(share, family).length > 0)) continue;
    const uplinks = shares.flatMap((share) => (isTunnel(share) ? [] : (uplinkOf(observed, share, family) ?? [])));
    if (uplinks.length < 2) continue;
    const networks = new Map<string, number>();
    for (const { addresses } of uplinks) {
      for (const name of new Set(addresses.map(({ network }) => formatPrefix(network))))
        networks.set(name, (networks.get(name) ?? 0) + 1);
    }
    const isShared = (network: Prefix) => (networks.get(formatPrefix(network)) ?? 0) > 1;
    all.push(...uplinks.map((uplink) => repliesOf(uplink, isShared)));
    const links = new Set(uplinks.map(({ ifindex }) => ifindex));
    for (const user of users) if (links.has(user.ifindex)) all.push(repliesOfUser(user, family));
  }
  return { routes: all.flatMap(({ routes }) => routes), rules: all.flatMap(({ rules }) => rules) };
}

/** What was made of a share, and of which picture of its link: there may be a thousand links, and one that has changed. */
interface Known {
  readonly ifindex: number;
  readonly version: number | undefined;
  readonly uplinks: Map<Family, Uplink | undefined>;
}
const known = new WeakMap<ServiceShare['contributions'], Known>();

function uplinkOf(observed: Observed, share: ServiceShare, family: Family): Uplink | undefined {
  const { ifindex, contributions } = share;
  const version = observed.versions.get(ifindex);
  let made = known.get(contributions);
  if (made?.ifindex !== ifindex || made.version !== version) {
    made = { ifindex, version, uplinks: new Map() };
    known.set(contributions, made);
  }
  if (!made.uplinks.has(family)) made.uplinks.set(family, newUplink(observed, share, family));
  return made.uplinks.get(family);
}

/** Undefined for a share that has no way out, or no address to reply from. */
function newUplink(observed: Observed, share: ServiceShare, family: Family): Uplink | undefined {
  const { ifindex } = share;
  const gateways = gatewaysOf(share, family);
  if (gateways.length === 0) return undefined;
  const addresses: OwnAddress[] = [];
  for (const { address, prefixLength } of addressesOf(observed, ifindex)) {
    if (familyOf(address) !== family || isLinkLocal(address)) continue;
    addresses.push({ address, network: networkPrefixOf({ address, length: prefixLength }) });
  }
  return addresses.length > 0 ? { ifindex, family, addresses, gateways } : undefined;
}

function isLinkLocal(address: IpAddress): boolean {
  return isIpv4LinkLocal(address as Ipv4Address) || isIpv6LinkLocal(address as Ipv6Address);
}

/** Of the default routes that the service brings, and of those that the kernel made of router advertisements. */
function gatewaysOf({ contributions, routers = [] }: ServiceShare, family: Family): (IpAddress | undefined)[] {
  const brought = contributions.flatMap(({ routes }) =>
    routes
      .filter(({ destination: { address, length } }) => length === 0 && familyOf(address) === family)
      .map(({ gateway }) => gateway),
  );
  return brought.length > 0 || family === 4 ? brought : [...routers];
}

const replies = new WeakMap<Uplink, { readonly shared: string; readonly made: Replies }>();

function repliesOf(uplink: Uplink, isShared: (network: Prefix) => boolean): Replies {
  const shared = uplink.addresses.map(({ network }) => isShared(network)).join();
  const before = replies.get(uplink);
  if (before?.shared === shared) return before.made;
  const made = newReplies(uplink, isShared);
  replies.set(uplink, { shared, made });
  return made;
}

/**
 * A packet from an address of the link goes by the main table but for its default routes, so that networks of containers, tunnels
 * and static routes are reached as ever, and else by the link's own table. The main table has one link for each network: where two
 * links are in the same one, each replies into it by its own table.
 */
function newReplies({ ifindex, family, addresses, gateways }: Uplink, isShared: (network: Prefix) => boolean): Replies {
  const table = tableOfLink(ifindex);
  const common = { ifindex, family, metric: ordinaryMetric(family), table };
  const networks = new Map<string, Prefix>();
  const rules = new Map<string, DesiredRule[]>();
  for (const { address, network } of addresses) {
    // One without a network, as DHCPv6 gives it, has no neighbours of its own.
    if (network.length < hostPrefix(address).length) networks.set(formatPrefix(network), network);
    const from = { family, source: hostPrefix(address) };
    rules.set(address, [
      ...(isShared(network) ? [{ ...from, destination: network, priority: rulePriorities.sharedNetwork, table }] : []),
      { ...from, priority: rulePriorities.narrowRoutes, table: mainTable, suppressPrefixLength: 0 },
      { ...from, priority: rulePriorities.ownTable, table },
    ]);
  }
  const [first] = gateways;
  // A gateway outside the networks, as with /32 leases, is reachable on the link itself.
  if (first && !isLinkLocal(first) && ![...networks.values()].some((network) => contains(network, first)))
    networks.set(first, hostPrefix(first));
  const anywhere: Prefix = { address: family === 4 ? ipv4Any : ipv6Any, length: 0 };
  return {
    routes: [
      ...[...networks.values()].map((destination) => ({ ...common, destination })),
      { ...common, destination: anywhere, ...(first && { gateway: first }) },
    ],
    rules: [...rules.values()].flat(),
  };
}

function repliesOfUser({ uid, ifindex }: RoutedUser, family: Family): Replies {
  const common = { family, users: { from: uid, to: uid } };
  return {
    routes: [],
    rules: [
      { ...common, priority: rulePriorities.narrowRoutesOfUser, table: mainTable, suppressPrefixLength: 0 },
      { ...common, priority: rulePriorities.tableOfUser, table: tableOfLink(ifindex) },
    ],
  };
}
