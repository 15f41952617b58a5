/**
 * plan: the ordered changes that take the kernel from Observed to Desired. What is already right is adopted, what is not
 * ours is left alone. Pure: the same two tables give the same changes.
 */
import { familyOf, type Ipv4Address, networkOf } from '@connman/inet';
import type { KernelEvent, LinkFact, RouteFact, RuleFact } from '@connman/netlink';
import { addressKey, linkOfTable, ownProtocol, routeKey, ruleKey } from '../observed/keys';
import { slotOf } from '../observed/route-table';
import type { Observed, ObservedAddress } from '../observed/tables';
import type { Desired, DesiredAddress, DesiredBridge, DesiredLink, DesiredRoute, DesiredRule } from './desired';

export type Change =
  | {
      readonly kind: 'set-link';
      readonly ifindex: number;
      readonly up?: boolean;
      readonly mtu?: number;
      readonly master?: number;
    }
  | ({ readonly kind: 'add-bridge' } & DesiredBridge)
  | { readonly kind: 'remove-link'; readonly ifindex: number }
  /** Adds the address, or renews its lifetime. */
  | { readonly kind: 'put-address'; readonly address: DesiredAddress }
  | { readonly kind: 'remove-address'; readonly address: ObservedAddress }
  /** `mode` replace: takes the place of our route with the same destination and metric in one step. */
  | { readonly kind: 'put-route'; readonly route: DesiredRoute; readonly mode: 'add' | 'replace' }
  | { readonly kind: 'remove-route'; readonly route: RouteFact }
  | { readonly kind: 'put-rule'; readonly rule: DesiredRule }
  | { readonly kind: 'remove-rule'; readonly rule: RuleFact };

/** Names the object of a change: two changes of the same object have the same key. */
export function changeKey(change: Change): string {
  switch (change.kind) {
    case 'set-link':
    case 'remove-link':
      return `link ${change.ifindex}`;
    case 'add-bridge':
      return `bridge ${change.name}`;
    case 'put-address':
    case 'remove-address':
      return `address ${addressKey(change.address)}`;
    case 'put-route':
    case 'remove-route':
      return `route ${routeKey(change.route)}`;
    case 'put-rule':
    case 'remove-rule':
      return `rule ${ruleKey(change.rule)}`;
  }
}

/** The link a change is made on; 0 for one that does not exist yet, and for a rule of the main table. */
export function linkOf(change: Change): number {
  if (change.kind === 'add-bridge') return 0;
  if (change.kind === 'set-link' || change.kind === 'remove-link') return change.ifindex;
  if ('rule' in change) return linkOfTable(change.rule.table) ?? 0;
  return 'address' in change ? change.address.ifindex : change.route.ifindex;
}

/** The key of the changes whose outcome the kernel's message may be. */
export function factKey(fact: KernelEvent): string {
  switch (fact.kind) {
    case 'link':
      return `link ${fact.link.ifindex}`;
    case 'link-gone':
      return `link ${fact.ifindex}`;
    case 'address':
    case 'address-gone':
      return `address ${addressKey(fact.address)}`;
    case 'route':
    case 'route-gone':
      return `route ${routeKey(fact.route)}`;
    case 'rule':
    case 'rule-gone':
      return `rule ${ruleKey(fact.rule)}`;
    case 'router-flags':
      return `flags of routers of link ${fact.ifindex}`;
    case 'router-options':
      return `names of link ${fact.ifindex}`;
  }
}

/** Says which observed objects are ours although they do not carry our mark: those adopted from before (by key). */
export type Adopted = ReadonlySet<string>;

/** The kernel counts lifetimes in whole seconds and tells them a little later; nearer than this is the same. */
const lifetimeToleranceMs = 2500;

/** What is desired stays the same object while it does not change, and is looked at in each turn. */
const keys = new WeakMap<DesiredAddress | DesiredRoute | DesiredRule, string>();

function keyOfAddress(address: DesiredAddress): string {
  return keys.get(address) ?? kept(address, addressKey(address));
}

function keyOfRoute(route: DesiredRoute): string {
  return keys.get(route) ?? kept(route, routeKey(route));
}

function keyOfRule(rule: DesiredRule): string {
  return keys.get(rule) ?? kept(rule, ruleKey(rule));
}

function kept(desired: DesiredAddress | DesiredRoute | DesiredRule, key: string): string {
  keys.set(desired, key);
  return key;
}

export function plan(desired: Desired, observed: Observed, adopted: Adopted): Change[] {
  const isOurRoute = (route: RouteFact) => isOurs(route, routeKey(route), adopted);

  const wantedAddresses = new Map(desired.addresses.map((address) => [keyOfAddress(address), address]));
  const wantedRoutes = new Map(desired.routes.map((route) => [keyOfRoute(route), route]));

  const staleAddresses = stale(observed.addresses, wantedAddresses, adopted);
  const staleRoutes = stale(observed.routes, wantedRoutes, adopted);

  const newAddresses = desired.addresses.filter((address) => {
    const own = observed.addresses.get(keyOfAddress(address));
    return !own || !hasSameLifetime(own, address);
  });
  const newRoutes = desired.routes.filter((route) => !observed.routes.has(keyOfRoute(route)));

  const changes: Change[] = [];
  const links: (Change & { kind: 'set-link' })[] = [];
  for (const link of desired.links) {
    const seen = observed.links.get(link.ifindex);
    const change = seen && changeOf(link, seen);
    if (change) links.push(change);
  }

  if (desired.bridge) changes.push({ kind: 'add-bridge', ...desired.bridge });
  changes.push(...links.filter((link) => link.up !== false));

  // A second address of the same network is a secondary one and dies with the first: there the old one goes before.
  const freshNetworks = new Set(newAddresses.flatMap((address) => networkKey(address) ?? []));
  const replacedFirst = staleAddresses.filter(([, stale]) => freshNetworks.has(networkKey(stale) ?? ''));
  for (const [, address] of replacedFirst) changes.push({ kind: 'remove-address', address });
  for (const address of newAddresses) changes.push({ kind: 'put-address', address });

  const replacedRoutes = new Set<string>();
  const staleBySlot = new Map<string, string[]>();
  for (const [key, route] of staleRoutes) {
    const slot = slotOf(route);
    const keys = staleBySlot.get(slot);
    if (keys) keys.push(key);
    else staleBySlot.set(slot, [key]);
  }
  for (const route of newRoutes) {
    const slot = slotOf(route);
    // The kernel replaces the first route of that destination and metric: only when that cannot be another program's.
    const isOursAlone = observed.routes.bySlot.of(slot).every(isOurRoute);
    // IPv6 would replace all routes of the slot at once.
    const rival = route.family === 4 && isOursAlone ? staleBySlot.get(slot)?.shift() : undefined;
    if (rival !== undefined) {
      replacedRoutes.add(rival);
      changes.push({ kind: 'put-route', route, mode: 'replace' });
    } else {
      changes.push({ kind: 'put-route', route, mode: 'add' });
    }
  }
  // A rule counts when its table has its routes, and those go when no rule leads to them.
  const wantedRules = new Map(desired.rules.map((rule) => [keyOfRule(rule), rule]));
  for (const [key, rule] of wantedRules) if (!observed.rules.has(key)) changes.push({ kind: 'put-rule', rule });
  for (const [, rule] of stale(observed.rules, wantedRules, adopted)) changes.push({ kind: 'remove-rule', rule });
  // A default route that gets another metric stays until the one with it is there: its link is never without a way out.
  const ways = new Set(newRoutes.map(wayKey));
  const isAwaited = (stale: RouteFact) => ways.has(wayKey(stale));
  for (const [key, route] of staleRoutes) {
    if (!replacedRoutes.has(key) && !isAwaited(route)) changes.push({ kind: 'remove-route', route });
  }
  const goneFirst = new Set(replacedFirst);
  for (const entry of staleAddresses) {
    if (!goneFirst.has(entry)) changes.push({ kind: 'remove-address', address: entry[1] });
  }
  changes.push(...links.filter((link) => link.up === false));
  for (const { ifindex, gone } of desired.links) {
    if (gone && observed.links.has(ifindex)) changes.push({ kind: 'remove-link', ifindex });
  }
  return changes;
}

/** What the link is not yet as it is wanted; undefined if nothing. */
function changeOf(
  { ifindex, up, mtu, master }: DesiredLink,
  seen: LinkFact,
): (Change & { kind: 'set-link' }) | undefined {
  const change = {
    ...(up !== undefined && up !== seen.up && { up }),
    ...(mtu !== undefined && mtu !== seen.mtu && { mtu }),
    ...(master !== undefined && master !== seen.master && { master }),
  };
  return Object.keys(change).length > 0 ? { kind: 'set-link', ifindex, ...change } : undefined;
}

/** What is ours and not wanted. */
function stale<T extends { readonly protocol: number }>(
  observed: ReadonlyMap<string, T>,
  wanted: ReadonlyMap<string, unknown>,
  adopted: Adopted,
): (readonly [key: string, object: T])[] {
  const found: [string, T][] = [];
  for (const [key, object] of observed) if (isOurs(object, key, adopted) && !wanted.has(key)) found.push([key, object]);
  return found;
}

/** Ours by our mark, or adopted. */
export function isOurs(object: { readonly protocol: number }, key: string, adopted: Adopted): boolean {
  return object.protocol === ownProtocol || adopted.has(key);
}

function hasSameLifetime(own: ObservedAddress, wanted: DesiredAddress): boolean {
  if (own.validUntil === undefined || wanted.validUntil === undefined) return own.validUntil === wanted.validUntil;
  return Math.abs(own.validUntil - wanted.validUntil) < lifetimeToleranceMs;
}

/** What an IPv4 address has in common with its secondary ones; IPv6 has none. */
function networkKey({ ifindex, address, prefixLength }: DesiredAddress): string | undefined {
  if (familyOf(address) === 6) return undefined;
  return `${ifindex} ${networkOf(address as Ipv4Address, prefixLength)}/${prefixLength}`;
}

/** A route whatever its metric and gateway. */
function wayKey(route: DesiredRoute): string {
  return `${route.ifindex} ${slotOf({ ...route, metric: 0 })}`;
}

/** The keys of what is desired and already there without our mark: ours from now on. */
export function adopt(desired: Desired, observed: Observed): string[] {
  const keys: string[] = [];
  for (const address of desired.addresses) {
    const key = keyOfAddress(address);
    const seen = observed.addresses.get(key);
    if (seen && seen.protocol !== ownProtocol) keys.push(key);
  }
  for (const route of desired.routes) {
    const key = keyOfRoute(route);
    const seen = observed.routes.get(key);
    if (seen && seen.protocol !== ownProtocol) keys.push(key);
  }
  for (const rule of desired.rules) {
    const key = keyOfRule(rule);
    const seen = observed.rules.get(key);
    if (seen && seen.protocol !== ownProtocol) keys.push(key);
  }
  return keys;
}
