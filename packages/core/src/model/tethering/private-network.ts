/** A private network (ConnMan rule 169): a TUN link whose other end is a client of the bus, translated as a shared connection is. */
import type { Instant } from '@connman/base';
import type { Ipv4Address } from '@connman/inet';

export interface PrivateNetwork {
  /** Of the TUN link. */
  readonly interfaceName: string;
  /** Unique name on the bus of the client that asked for it: it ends with this client. */
  readonly owner: string;
  /** The link, once the kernel has shown it. */
  readonly ifindex?: number;
  /** Its /24: 1 is this machine, 2 the client's end. */
  readonly network?: Ipv4Address;
  /** The call that waits until the link has its address, and until when. */
  readonly opening?: { readonly operation: number; readonly deadline: Instant };
}

export const privateNetworkMtu = 1500;

export function privateNetworkPath(interfaceName: string): string {
  return `/tethering/${interfaceName}`;
}
