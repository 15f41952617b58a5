/** A lease that outlives the connection it came by: over a moment without carrier, and over a restart. */
import { after, type Instant } from '@connman/base';
import type { Dhcp4Lease, Dhcp6Lease } from '@connman/contracts';

export interface Kept<L extends Dhcp4Lease | Dhcp6Lease> {
  readonly lease: L;
  /** The request that was acknowledged: the lease's seconds count from here. */
  readonly since: Instant;
  /** When the cable it came by was pulled; absent for other kinds of network, which are known again by their name. */
  readonly pulledAt?: Instant;
}

export type KeptLease = Kept<Dhcp4Lease>;
export type KeptLease6 = Kept<Dhcp6Lease>;

/** A cable that was out for longer may lead to another network now, whose servers need not know the lease. */
const pulledLimitMs = 10_000;

/** The lease as a DHCP client is to confirm it; undefined if it is over or may be another network's. */
export function heldLease<L extends Dhcp4Lease | Dhcp6Lease>(
  kept: Kept<L> | undefined,
  now: Instant,
): { readonly lease: L; readonly ageSeconds: number } | undefined {
  if (!kept) return undefined;
  const { lease, since, pulledAt } = kept;
  if (isOver(kept, now) || (pulledAt !== undefined && now > after(pulledAt, pulledLimitMs))) return undefined;
  return { lease, ageSeconds: Math.floor((now - since) / 1000) };
}

/** A lease of the future is a fault of the clock. */
export function isOver({ lease, since }: Kept<Dhcp4Lease | Dhcp6Lease>, now: Instant): boolean {
  const seconds = lifetimeOf(lease);
  const isForEver = seconds === 0xffffffff;
  return since > now || (!isForEver && now >= after(since, seconds * 1000));
}

function lifetimeOf(lease: Dhcp4Lease | Dhcp6Lease): number {
  if ('leaseSeconds' in lease) return lease.leaseSeconds;
  return Math.max(0, ...[...lease.addresses, ...lease.prefixes].map(({ validSeconds }) => validSeconds));
}
