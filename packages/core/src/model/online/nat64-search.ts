/**
 * The NAT64 prefixes of a network without IPv4 whose routers do not advertise them (RFC 7050): the name ipv4only.arpa has IPv4 addresses
 * alone, so that IPv6 addresses of it are made by the network's DNS64, and hold its prefix.
 */
import { formatPrefix, type IpAddress, type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from '@connman/inet';
import type { CheckPath } from './online-machine';

export const nat64Host = 'ipv4only.arpa';

export interface Nat64Search {
  /** The name servers that are asked. */
  readonly servers: readonly IpAddress[];
  /** As text; absent while the search is under way. */
  readonly prefixes?: readonly string[];
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
