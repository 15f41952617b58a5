/**
 * The IPv6 prefix of a shared connection: a /64 out of what the uplink's router delegates (RFC 8415 section 6.3), or of an own
 * unique local prefix (RFC 4193), which is translated as IPv4 is.
 */
import { after, type Instant } from '@connman/base';
import type { Dhcp6Lease, Dhcp6Prefix } from '@connman/contracts';
import { contains, type IpAddress, type Ipv6Address, ipv6FromBytes, ipv6ToBytes, type Prefix } from '@connman/inet';
import type { Kept } from '../ipconfig/kept-lease';

export const sharedPrefixLength6 = 64;

/** ND_VALID_LIMIT (RFC 9096 section 4): clients do not use a prefix for longer that is advertised no more. */
const validLimitMs = 5_400_000;
/** Of those before the present one. */
const mostFormer = 4;
const forever = 0xffffffff;

export interface SharedPrefix {
  /** Of a /64. */
  readonly prefix: Ipv6Address;
  /** Unique local, not delegated: its packets leave with the address of the link they leave by. */
  readonly isOwn: boolean;
  /** Absent for ever. */
  readonly preferredUntil?: Instant;
  readonly validUntil?: Instant;
}

/** One that is advertised as over, until no client can have it any more. */
export interface FormerPrefix {
  readonly prefix: Ipv6Address;
  readonly until: Instant;
}

/**
 * A /64 of what a lease delegates that nothing else uses: the one of `before` while there is one, else the first. `taken`: networks
 * of other links.
 */
export function delegatedPrefix(
  { lease, since }: Kept<Dhcp6Lease>,
  taken: readonly Prefix[],
  now: Instant,
  before: Ipv6Address | undefined,
): SharedPrefix | undefined {
  const found = lease.prefixes.flatMap((one): SharedPrefix[] => {
    const { preferredUntil, validUntil } = endsOf(one, since);
    if (preferredUntil !== undefined && preferredUntil <= now) return [];
    const prefix = freeSubnet(one.prefix, taken);
    if (prefix === undefined) return [];
    return [{ prefix, isOwn: false, ...(preferredUntil && { preferredUntil }), ...(validUntil && { validUntil }) }];
  });
  return found.find(({ prefix }) => prefix === before) ?? found[0];
}

export function endsOf({ preferredSeconds, validSeconds }: Dhcp6Prefix, since: Instant) {
  const end = (seconds: number) => (seconds === forever ? undefined : after(since, seconds * 1000));
  return { preferredUntil: end(preferredSeconds), validUntil: end(validSeconds) };
}

/** As many as are looked at: another link has one or two of them, as where the uplink's own network is part of what it delegates. */
const mostSubnets = 256;

function freeSubnet({ address, length }: Prefix<Ipv6Address>, taken: readonly Prefix[]): Ipv6Address | undefined {
  if (length > sharedPrefixLength6) return undefined;
  const count = Math.min(mostSubnets, 2 ** (sharedPrefixLength6 - length));
  for (let number = 0; number < count; number++) {
    const bytes = ipv6ToBytes(address);
    bytes[7] = (bytes[7] as number) | number;
    const subnet = ipv6FromBytes(bytes);
    if (!taken.some((other) => overlaps(other, subnet))) return subnet;
  }
  return undefined;
}

function overlaps(other: Prefix, subnet: Ipv6Address): boolean {
  if (other.length >= sharedPrefixLength6)
    return contains({ address: subnet, length: sharedPrefixLength6 }, other.address);
  return contains(other, subnet);
}

/** The first /64 of this machine's unique local prefix. */
export function ownPrefix(uniqueLocal: Ipv6Address): SharedPrefix {
  return { prefix: uniqueLocal, isOwn: true };
}

/** fd00::/8 and 40 random bits (RFC 4193 section 3.2). */
export function uniqueLocalOf(random: readonly [number, number]): Ipv6Address {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(2, random[0]);
  bytes[0] = 0xfd;
  bytes[1] = random[1] & 0xff;
  return ipv6FromBytes(bytes);
}

/** The address of this machine in it. */
export function gatewayOf6(prefix: Ipv6Address): { readonly address: IpAddress; readonly prefixLength: number } {
  const bytes = ipv6ToBytes(prefix);
  bytes[15] = 1;
  return { address: ipv6FromBytes(bytes), prefixLength: sharedPrefixLength6 };
}

/** `before` is used no more, from now on. */
export function retire(
  former: readonly FormerPrefix[],
  before: SharedPrefix | undefined,
  now: Instant,
): readonly FormerPrefix[] {
  if (!before) return former;
  const latest = after(now, validLimitMs);
  const { prefix, validUntil } = before;
  const until = validUntil !== undefined && validUntil < latest ? validUntil : latest;
  return [...former.filter((one) => one.prefix !== prefix), { prefix, until }].slice(-mostFormer);
}
