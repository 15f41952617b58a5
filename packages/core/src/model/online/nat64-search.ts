/**
 * The NAT64 prefixes of a network without IPv4 whose routers do not advertise them (RFC 7050): the name ipv4only.arpa has IPv4 addresses
 * alone, so that IPv6 addresses of it are made by the network's DNS64, and hold its prefix.
 */
import { after, type Instant } from '@connman/base';
import { formatPrefix, type IpAddress, type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from '@connman/inet';
import type { CheckPath } from './online-machine';

export const nat64Host = 'ipv4only.arpa';

export interface Nat64Search {
  /** The name servers that are asked. */
  readonly servers: readonly IpAddress[];
  /** As text; absent before the first answer. */
  readonly prefixes?: readonly string[];
  /** Searches in a row that no server has responded to. */
  readonly failures: number;
  /** When it is asked again; absent while a search is under way. */
  readonly askAt?: Instant;
}

/** Without a response it is asked again after 2 s, doubled each time. An answer, also that there is none, is good for an hour. */
const retryMs = 2_000;
const refreshMs = 3_600_000;

/** Asked of these servers for the first time. */
export function newNat64Search(servers: readonly IpAddress[]): Nat64Search {
  return { servers, failures: 0 };
}

export function asked({ askAt: _, ...search }: Nat64Search): Nat64Search {
  return search;
}

/** The response to a search; without one what was known stays. */
export function answered(
  search: Nat64Search,
  addresses: readonly Ipv6Address[] | undefined,
  now: Instant,
): Nat64Search {
  if (addresses)
    return { servers: search.servers, failures: 0, prefixes: nat64PrefixesOf(addresses), askAt: after(now, refreshMs) };
  const { failures } = search;
  return { ...search, failures: failures + 1, askAt: after(now, Math.min(retryMs * 2 ** failures, refreshMs)) };
}

export interface Nat64SearchRequest extends CheckPath {
  readonly service: string;
}

/** The addresses of ipv4only.arpa (RFC 7050 section 2.2). */
const wellKnown = [
  [192, 0, 0, 170],
  [192, 0, 0, 171],
] as const;

/** Where the IPv4 address stands behind a prefix of so many bits (RFC 6052 section 2.2); byte 8 is none of it. */
const places: ReadonlyMap<number, readonly number[]> = new Map([
  [96, [12, 13, 14, 15]],
  [64, [9, 10, 11, 12]],
  [56, [7, 9, 10, 11]],
  [48, [6, 7, 9, 10]],
  [40, [5, 6, 7, 9]],
  [32, [4, 5, 6, 7]],
]);

/** A hostile server may name any number. */
const mostPrefixes = 4;

/** The prefixes in addresses of ipv4only.arpa, as text; one that holds neither address, or both ways at once, counts for nothing. */
export function nat64PrefixesOf(addresses: readonly Ipv6Address[]): readonly string[] {
  const prefixes = addresses.flatMap((address) => {
    const bytes = ipv6ToBytes(address);
    const lengths = [...places].filter(([, at]) => wellKnown.some((ipv4) => at.every((i, n) => bytes[i] === ipv4[n])));
    const [only, ...more] = lengths;
    if (!only || more.length > 0) return [];
    const [length] = only;
    return [formatPrefix({ address: ipv6FromBytes(bytes.fill(0, length / 8)), length })];
  });
  return [...new Set(prefixes)].slice(0, mostPrefixes);
}
