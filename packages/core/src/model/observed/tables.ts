/** Observed: what the kernel says. Of routes and rules only those are kept that can matter to us: default routes and our own. */
import type { Instant } from '@connman/base';
import { after } from '@connman/base';
import { familyOf } from '@connman/inet';
import type { AddressFact, LinkFact, RouteFact, RouterFlags, RuleFact } from '@connman/netlink';
import { Recent } from '../table/recent';
import { AdvertisedTable } from './advertised-table';
import { addressKey, isOwnPriority, linkOfTable, mainTable, ownProtocol, routeKey, ruleKey } from './keys';
import { RouteTable, slotOf } from './route-table';

/** IFA_F_ bits: not yet known, or known not, to be no one else's (RFC 4862). */
export const tentative = 0x40;
export const dadFailed = 0x08;
/** Still valid, but not to be used for anything new (RFC 4862 section 5.5.4). */
export const deprecated = 0x20;

export interface ObservedAddress extends AddressFact {
  /** When the kernel will take it away; absent for ever. */
  readonly validUntil?: Instant;
  /** When the kernel last reported it: as it was added, or as a router advertisement renewed it. */
  readonly heardAt: Instant;
}

export interface Observed {
  readonly links: Map<number, LinkFact>;
  /** By addressKey. */
  readonly addresses: Map<string, ObservedAddress>;
  /** The same ones by ifindex: a service looks at its link's few, not at those of a thousand containers. */
  readonly addressesByLink: Map<number, Map<string, ObservedAddress>>;
  readonly routes: RouteTable;
  /** Policy routing rules, by ruleKey. */
  readonly rules: Map<string, RuleFact>;
  /** Whether the kernel has policy routing. */
  hasRules: boolean;
  /** By ifindex: what its routers say of names. */
  readonly advertised: AdvertisedTable;
  /** By ifindex: counts what was heard of a link, so that what is derived from it can be kept until there is more. */
  readonly versions: Map<number, number>;
  /** Links of which something was heard. */
  readonly recent: Recent<number>;
}

export function emptyObserved(): Observed {
  return {
    links: new Map(),
    addresses: new Map(),
    addressesByLink: new Map(),
    routes: new RouteTable(),
    rules: new Map(),
    hasRules: false,
    advertised: new AdvertisedTable(),
    versions: new Map(),
    recent: new Recent(),
  };
}

export function addressesOf(observed: Observed, ifindex: number): Iterable<ObservedAddress> {
  return observed.addressesByLink.get(ifindex)?.values() ?? [];
}

/** Those of the main table. */
export function routesOf(observed: Observed, ifindex: number): Iterable<RouteFact> {
  return observed.routes.byLink.of(ifindex);
}

/** Those of every table. */
function allRoutesOf({ routes }: Observed, ifindex: number): readonly RouteFact[] {
  return [...routes.byLink.of(ifindex), ...routes.apart.of(ifindex)];
}

/** Whether the link has an IPv6 address that is known to be its own: the kernel has asked the routers already. */
export function isIpv6Settled(observed: Observed, ifindex: number): boolean {
  for (const own of addressesOf(observed, ifindex)) {
    if (familyOf(own.address) === 6 && !(own.flags & (tentative | dadFailed))) return true;
  }
  return false;
}

/** The routes worth knowing of: the kernel may have ten thousand others. */
export function isRouteOfInterest(route: { destinationLength: number; table: number; protocol: number }): boolean {
  if (route.table === mainTable) return route.destinationLength === 0 || route.protocol === ownProtocol;
  return route.protocol === ownProtocol && linkOfTable(route.table) !== undefined;
}

/** Our own rules; kernels before 4.17 do not keep their mark. */
export function isRuleOfInterest({ protocol, priority }: RuleFact): boolean {
  return protocol === ownProtocol || isOwnPriority(priority);
}

/** Something was heard of the link. */
export function touch(observed: Observed, ifindex: number): void {
  observed.recent.add(ifindex);
  observed.versions.set(ifindex, (observed.versions.get(ifindex) ?? 0) + 1);
}

export function observeAddress(observed: Observed, fact: AddressFact, now: Instant, heardAt = now): void {
  touch(observed, fact.ifindex);
  const forever = fact.validSeconds === 0xffffffff;
  const key = addressKey(fact);
  const address = { ...fact, heardAt, ...(!forever && { validUntil: after(now, fact.validSeconds * 1000) }) };
  observed.addresses.set(key, address);
  const ofLink = observed.addressesByLink.get(fact.ifindex);
  if (ofLink) ofLink.set(key, address);
  else observed.addressesByLink.set(fact.ifindex, new Map([[key, address]]));
}

export function forgetAddress(observed: Observed, fact: AddressFact): void {
  touch(observed, fact.ifindex);
  const key = addressKey(fact);
  observed.addresses.delete(key);
  observed.addressesByLink.get(fact.ifindex)?.delete(key);
  if (!isIpv4(fact)) return;
  for (const other of addressesOf(observed, fact.ifindex)) if (isIpv4(other)) return;
  forgetIpv4Routes(observed, fact.ifindex);
}

export function observeLink(observed: Observed, link: LinkFact): void {
  touch(observed, link.ifindex);
  observed.links.set(link.ifindex, link);
  if (!link.up) forgetIpv4Routes(observed, link.ifindex);
}

/** The link's routers say how addresses are had. */
export function observeRouterFlags(observed: Observed, ifindex: number, flags: RouterFlags | undefined): void {
  const { routerFlags: _, ...link } = observed.links.get(ifindex) ?? {};
  if ('ifindex' in link) observeLink(observed, { ...(link as LinkFact), ...(flags && { routerFlags: flags }) });
}

/**
 * The kernel flushes a link's IPv4 routes when the link is switched off or its last IPv4 address goes (fib_disable_ip),
 * and tells no one.
 */
function forgetIpv4Routes(observed: Observed, ifindex: number): void {
  for (const route of allRoutesOf(observed, ifindex)) if (route.family === 4) dropRoute(observed, route);
}

function isIpv4(fact: AddressFact): boolean {
  return familyOf(fact.address) === 4;
}

/**
 * `replaces`: it took the place of the first route with its destination and metric, of which nothing more is told. Which of
 * several that was cannot be known: false then, and only a fresh picture of the kernel helps.
 */
export function observeRoute(observed: Observed, fact: RouteFact, replaces: boolean): boolean {
  touch(observed, fact.ifindex);
  const key = routeKey(fact);
  let isCertain = true;
  if (replaces) {
    const rivals = observed.routes.bySlot.of(slotOf(fact)).filter((route) => routeKey(route) !== key);
    const [rival] = rivals;
    if (rivals.length === 1 && rival?.family === 4 && !observed.routes.has(key)) forgetRoute(observed, rival);
    else isCertain = rivals.length === 0;
  }
  observed.routes.set(key, fact);
  return isCertain;
}

export function forgetRoute(observed: Observed, fact: RouteFact): void {
  touch(observed, fact.ifindex);
  dropRoute(observed, fact);
}

function dropRoute(observed: Observed, fact: RouteFact): void {
  observed.routes.delete(routeKey(fact));
}

export function forgetLink(observed: Observed, ifindex: number): void {
  observed.recent.add(ifindex);
  observed.versions.delete(ifindex);
  observed.links.delete(ifindex);
  observed.advertised.delete(ifindex);
  for (const address of addressesOf(observed, ifindex)) observed.addresses.delete(addressKey(address));
  observed.addressesByLink.delete(ifindex);
  for (const route of allRoutesOf(observed, ifindex)) observed.routes.delete(routeKey(route));
}

export function observeRule(observed: Observed, fact: RuleFact): void {
  observed.recent.add(linkOfTable(fact.table) ?? 0);
  observed.rules.set(ruleKey(fact), fact);
}

export function forgetRule(observed: Observed, fact: RuleFact): void {
  observed.recent.add(linkOfTable(fact.table) ?? 0);
  observed.rules.delete(ruleKey(fact));
}

/** Everything the tables hold is replaced by what a fresh dump says. */
export function replaceAll(
  observed: Observed,
  dump: {
    links: readonly LinkFact[];
    addresses: readonly AddressFact[];
    routes: readonly RouteFact[];
    rules?: readonly RuleFact[];
  },
  now: Instant,
): void {
  // A dump shows what there is; it does not say that a router has just confirmed it.
  const before = new Map(observed.addresses);
  for (const ifindex of observed.links.keys()) observed.recent.add(ifindex);
  observed.links.clear();
  observed.addresses.clear();
  observed.addressesByLink.clear();
  observed.routes.clear();
  observed.rules.clear();
  observed.hasRules = dump.rules !== undefined;
  for (const link of dump.links) observeLink(observed, link);
  for (const address of dump.addresses) {
    observeAddress(observed, address, now, before.get(addressKey(address))?.heardAt);
  }
  for (const route of dump.routes) observeRoute(observed, route, false);
  for (const rule of dump.rules ?? []) observeRule(observed, rule);
  // Of what routers said the kernel has no table: it stays as it was heard.
  for (const ifindex of observed.advertised.keys())
    if (!observed.links.has(ifindex)) observed.advertised.delete(ifindex);
}
