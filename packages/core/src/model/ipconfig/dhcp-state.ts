/** How far a connection has come with DHCP: what the clients brought, and what a former run left. */
import type { Instant } from '@connman/base';
import type { Dhcp4Lease } from '@connman/contracts';
import type { Ipv4Address, Ipv6Address } from '@connman/inet';
import type { Contribution } from './contribution';

export interface Dhcp4State {
  /** What was found on the link at the start and is kept until DHCP has spoken. */
  readonly adopted?: Contribution;
  /** A lease, or an address of RFC 3927 while no server answers. */
  readonly contribution?: Contribution;
  /** The address of RFC 3927 the DHCP client offered while no server answers. */
  readonly linkLocal?: Ipv4Address;
  readonly lease?: Dhcp4Lease;
}

/** What is wanted of a link's DHCPv6 servers. */
export interface Dhcp6Wish {
  /** What routers say that there is (their M and O flags); `none` for a link that is asked for a prefix alone. */
  readonly mode: 'stateful' | 'stateless' | 'none';
  /** A prefix for clients of a shared connection. */
  readonly prefix: boolean;
}

export interface Dhcp6State {
  /** A lease, what a server says without one, or addresses that a former run left on the link. */
  readonly contribution?: Contribution;
  /** Leased addresses that another host was found to have. */
  readonly declined?: readonly Ipv6Address[];
}

/** What it uses of DHCPv4. */
export function usedOf({ contribution, adopted }: Dhcp4State): Contribution | undefined {
  return contribution ?? adopted;
}

/** When the first of the leased addresses ends; undefined for never. */
export function leaseEnd(state: Dhcp4State): Instant | undefined {
  const ends = (usedOf(state)?.addresses ?? []).flatMap((own) => own.validUntil ?? []);
  return ends.length > 0 ? (Math.min(...ends) as Instant) : undefined;
}

/** When the first of the leased addresses ends; undefined for never. */
export function lease6End({ contribution }: Dhcp6State): Instant | undefined {
  const ends = (contribution?.addresses ?? []).flatMap((own) => own.validUntil ?? []);
  return ends.length > 0 ? (Math.min(...ends) as Instant) : undefined;
}
