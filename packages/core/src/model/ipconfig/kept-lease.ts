/** A DHCPv4 lease that outlives the connection it came by: over a moment without carrier, and over a restart. */
import { after, type Instant } from '@connman/base';
import type { Dhcp4Held, Dhcp4Lease } from '@connman/contracts';

export interface KeptLease {
  readonly lease: Dhcp4Lease;
  /** The request that was acknowledged: the lease's seconds count from here. */
  readonly since: Instant;
  /** When the cable it came by was pulled; absent for other kinds of network, which are known again by their name. */
  readonly pulledAt?: Instant;
}

/** A cable that was out for longer may lead to another network now, whose servers need not know the lease. */
const pulledLimitMs = 10_000;

/** The lease as a DHCP client is to confirm it; undefined if it is over or may be another network's. */
export function heldLease(kept: KeptLease | undefined, now: Instant): Dhcp4Held | undefined {
  if (!kept) return undefined;
  const { lease, since, pulledAt } = kept;
  if (isOver(kept, now) || (pulledAt !== undefined && now > after(pulledAt, pulledLimitMs))) return undefined;
  return { lease, ageSeconds: Math.floor((now - since) / 1000) };
}

/** A lease of the future is a fault of the clock. */
export function isOver({ lease, since }: KeptLease, now: Instant): boolean {
  const isForEver = lease.leaseSeconds === 0xffffffff;
  return since > now || (!isForEver && now >= after(since, lease.leaseSeconds * 1000));
}
