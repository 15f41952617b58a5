/**
 * What a link's routers say of names (RFC 8106), servers and search domains, and of NAT64, each while its time lasts. The kernel
 * passes it on and keeps nothing of it, so it is kept here, in the order in which it was heard first.
 */
import { after, type Instant } from '@connman/base';
import { formatPrefix } from '@connman/inet';
import type { RouterOption } from '@connman/netlink';
import type { AdvertisedNames, Term } from './advertised-table';
import { type Observed, touch } from './tables';

// More than anybody asks or searches, and little enough for a router of ill will to fill (RFC 8106 section 5.3.1).
const mostNameservers = 8;
const mostDomains = 16;
const mostNat64 = 4;
const forever = 0xffffffff;
/** Rule 143. */
const refreshShare = 0.8;
/** A shorter life is not worth a question: RTR_SOLICITATION_INTERVAL (RFC 4861 section 10). */
const shortestRefreshMs = 4_000;

export const noNames: AdvertisedNames = { nameservers: new Map(), domains: new Map(), nat64: new Map() };

export function advertisedOf(observed: Observed, ifindex: number): AdvertisedNames {
  return observed.advertised.get(ifindex) ?? noNames;
}

/** Takes in what a router said just now; a lifetime of 0 takes back (sections 5.1 and 5.2). */
export function observeAdvertised(
  observed: Observed,
  ifindex: number,
  options: readonly RouterOption[],
  now: Instant,
): void {
  if (!observed.links.has(ifindex)) return;
  const before = advertisedOf(observed, ifindex);
  const nameservers = new Map(before.nameservers);
  const domains = new Map(before.domains);
  const nat64 = new Map(before.nat64);
  let { portalApi } = before;
  for (const option of options) {
    if (option.kind === 'captive-portal') {
      portalApi = option.uri;
      continue;
    }
    const term = termOf(option.lifetimeSeconds, now);
    if (option.kind === 'nameservers') take(nameservers, option.addresses, term, mostNameservers);
    else if (option.kind === 'nat64') take(nat64, [formatPrefix(option.prefix)], term, mostNat64);
    else take(domains, option.domains, term, mostDomains);
  }
  replace(observed, ifindex, { nameservers, domains, nat64, ...(portalApi !== undefined && { portalApi }) });
}

/** The link leads elsewhere, or nowhere. */
export function forgetAdvertised(observed: Observed, ifindex: number): void {
  if (observed.advertised.delete(ifindex)) touch(observed, ifindex);
}

/** Drops what has had its time; the links of which something is to be asked for again, each told once. */
export function passTime(observed: Observed, now: Instant): number[] {
  const stale: number[] = [];
  for (const ifindex of observed.advertised.moments.due(now)) {
    const { nameservers, domains, nat64, ...lasting } = advertisedOf(observed, ifindex);
    const isDue = (moment: Instant | undefined) => moment !== undefined && moment <= now;
    const terms = [...nameservers.values(), ...domains.values(), ...nat64.values()];
    const rest = <V>(all: ReadonlyMap<V, Term>): Map<V, Term> =>
      new Map(
        [...all]
          .filter(([, { until }]) => !isDue(until))
          .map(([value, { refreshAt, ...term }]) => [
            value,
            isDue(refreshAt) || refreshAt === undefined ? term : { ...term, refreshAt },
          ]),
      );
    if (terms.some(({ until, refreshAt }) => isDue(refreshAt) && !isDue(until))) stale.push(ifindex);
    const left = { nameservers: rest(nameservers), domains: rest(domains), nat64: rest(nat64) };
    replace(observed, ifindex, { ...lasting, ...left });
  }
  return stale;
}

function termOf(lifetimeSeconds: number, now: Instant): Term | undefined {
  if (lifetimeSeconds === 0) return undefined;
  if (lifetimeSeconds === forever) return {};
  const lifetimeMs = lifetimeSeconds * 1000;
  const until = after(now, lifetimeMs);
  const refreshMs = lifetimeMs * refreshShare;
  return refreshMs < shortestRefreshMs ? { until } : { until, refreshAt: after(now, refreshMs) };
}

/** Where there is no room for all, what ends first goes (RFC 8106 section 6.2). */
function take<V>(known: Map<V, Term>, values: readonly V[], term: Term | undefined, most: number): void {
  for (const value of values) {
    if (term) known.set(value, term);
    else known.delete(value);
    if (known.size <= most) continue;
    const end = ({ until }: Term) => until ?? Number.POSITIVE_INFINITY;
    const first = [...known].reduce((one, other) => (end(other[1]) <= end(one[1]) ? other : one));
    known.delete(first[0]);
  }
}

function replace(observed: Observed, ifindex: number, names: AdvertisedNames): void {
  const before = advertisedOf(observed, ifindex);
  if (names.nameservers.size + names.domains.size + names.nat64.size > 0 || names.portalApi !== undefined)
    observed.advertised.set(ifindex, names);
  else observed.advertised.delete(ifindex);
  const listOf = ({ nameservers, domains, nat64, portalApi }: AdvertisedNames) =>
    [...nameservers.keys(), '', ...domains.keys(), '', ...nat64.keys(), '', portalApi].join();
  if (listOf(before) !== listOf(names)) touch(observed, ifindex);
}
