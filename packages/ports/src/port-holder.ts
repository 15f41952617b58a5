import type { IpAddress } from '@connman/inet';

/** Who else on this machine has a port. */
export interface PortHolderPort {
  /**
   * The process that listens at the port of the address, or of all addresses. Undefined when there is none, or when it is not
   * ours to see (another network namespace, or another user's while we are not root).
   */
  holderOf(
    transport: 'udp' | 'tcp',
    address: IpAddress,
    port: number,
  ): { readonly pid: number; readonly name: string } | undefined;
  /** The user id of the TCP socket at `end` that is connected to `towards`. Undefined when there is none to be seen on this machine. */
  userOf(end: SocketAddress, towards: SocketAddress): number | undefined;
}

export interface SocketAddress {
  readonly address: IpAddress;
  readonly port: number;
}
