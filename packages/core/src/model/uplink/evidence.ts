/** What is looked at of an uplink without a packet being sent, and what it may show. */
import type { Family, IpAddress } from '@connman/inet';

export interface WatchedUplink {
  readonly ifindex: number;
  readonly addresses: readonly IpAddress[];
  readonly gateways: readonly IpAddress[];
}

/** A sign that a family of a link leads nowhere, in words; a check decides. */
export interface Suspicion {
  readonly ifindex: number;
  readonly family: Family;
  readonly evidence: string;
  /** Packets of full size are among those that do not get on. */
  readonly bySize?: true;
}
