/** What names an address and a route, and what marks them as ours in the kernel. */
import type { IpAddress, Prefix } from '@connman/inet';

/**
 * The routing protocol number (RTPROT_, IFA_PROTO) that marks what is ours in the kernel, so that another run of the
 * daemon knows it again and nobody else's is ever touched. Unassigned in rtnetlink.h and in iproute2's rt_protos.
 */
export const ownProtocol = 109;

export const mainTable = 254;

export function addressKey(address: { ifindex: number; address: string; prefixLength: number }): string {
  return `${address.ifindex} ${address.address}/${address.prefixLength}`;
}

/** What makes a route a different route: destination, metric, way. */
export function routeKey(route: { ifindex: number; destination: Prefix; gateway?: IpAddress; metric: number }): string {
  return `${route.ifindex} ${route.destination.address}/${route.destination.length} via ${route.gateway ?? 'link'} metric ${route.metric}`;
}
