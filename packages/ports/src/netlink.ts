import type { OsError } from '@connman/base';

export interface NetlinkOptions {
  /** NETLINK_ROUTE (0), NETLINK_GENERIC (16), ... */
  readonly protocol: number;
  /** Multicast groups to join, by number (RTNLGRP_LINK is 1). */
  readonly groups: readonly number[];
  /**
   * One datagram of the kernel; others' are never delivered. The bytes are valid during the call only: keep a copy of
   * what must outlive it.
   */
  onDatagram(bytes: Uint8Array): void;
  /** The kernel dropped messages (ENOBUFS): what was learned from events is stale, dump again. */
  onOverrun(): void;
  onError(error: OsError): void;
}

export interface NetlinkSocket {
  /** Sends one datagram, which may hold several messages. Throws OsError. */
  send(datagram: Uint8Array): void;
  close(): void;
}

export interface NetlinkPort {
  /** Throws OsError. */
  open(options: NetlinkOptions): NetlinkSocket;
}
