/** Desired: the addresses and routes we want the kernel to have, as opposed to Observed, what it says it has. */
import type { Instant } from '@connman/base';
import type { Family, IpAddress, Prefix } from '@connman/inet';

/**
 * The routing protocol number (RTPROT_, IFA_PROTO) that marks what is ours in the kernel, so that another run of the
 * daemon knows it again and nobody else's is ever touched. Unassigned in rtnetlink.h and in iproute2's rt_protos.
 */
export const ownProtocol = 109;

export const mainTable = 254;

export interface DesiredAddress {
  readonly ifindex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly broadcast?: IpAddress;
  /** Absent: for ever. */
  readonly validUntil?: Instant;
}

export interface DesiredRoute {
  readonly ifindex: number;
  readonly family: Family;
  readonly destination: Prefix;
  readonly gateway?: IpAddress;
  readonly metric: number;
}

export interface DesiredLink {
  readonly ifindex: number;
  /** Administratively up or down; absent: as it is. */
  readonly up?: boolean;
  /** Absent: as it is. */
  readonly mtu?: number;
}

export interface Desired {
  readonly links: readonly DesiredLink[];
  readonly addresses: readonly DesiredAddress[];
  /** On-link routes stand before the routes through gateways they make reachable. */
  readonly routes: readonly DesiredRoute[];
}

export function addressKey(address: { ifindex: number; address: string; prefixLength: number }): string {
  return `${address.ifindex} ${address.address}/${address.prefixLength}`;
}

/** What makes a route a different route: destination, metric, way. */
export function routeKey(route: { ifindex: number; destination: Prefix; gateway?: IpAddress; metric: number }): string {
  return `${route.ifindex} ${route.destination.address}/${route.destination.length} via ${route.gateway ?? 'link'} metric ${route.metric}`;
}
