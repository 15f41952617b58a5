import type { OsError } from '@connman/base';

export interface NetlinkOptions {
  /** NETLINK_ROUTE (0), NETLINK_GENERIC (16), ... */
  readonly protocol: number;
  /** Multicast groups to join, by number (RTNLGRP_LINK is 1). */
  readonly groups: readonly number[];
  /** Bytes of messages the kernel keeps for a reader that is late; the system's default if not given. */
  readonly receiveBufferBytes?: number;
  /** NETLINK_GET_STRICT_CHK: the kernel takes a dump request's fields as a filter. */
  readonly strictDumps?: boolean;
  /**
   * One datagram of the kernel; others' are never delivered. The bytes are valid during the call only, and until
   * `drain` is called on the same socket: keep a copy of what must outlive it.
   */
  onDatagram(bytes: Uint8Array): void;
  /** Everything that waited has been delivered: what came in one go can be taken as one. */
  onIdle?(): void;
  /**
   * The kernel dropped messages (ENOBUFS): what was learned from events is stale, dump again. What waited has been
   * thrown away, because after a loss the kernel drops all that follows until the queue is empty; what comes after this
   * call is newer than it.
   */
  onOverrun(): void;
  onError(error: OsError): void;
}

export interface NetlinkSocket {
  /** Sends one datagram, which may hold several messages. Throws OsError. */
  send(datagram: Uint8Array): void;
  /**
   * Delivers what waits, at once, and returns when there is no more. The kernel answers a request within `send`, so that
   * `send` and `drain` together are a call with its answer.
   */
  drain(): void;
  /** Nothing is delivered any more, not even from within a `drain` that is under way. */
  close(): void;
}

export interface NetlinkPort {
  /** Throws OsError. */
  open(options: NetlinkOptions): NetlinkSocket;
}
