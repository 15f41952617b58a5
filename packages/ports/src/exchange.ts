import type { IpAddress } from '@connman/inet';

export interface ExchangePeer {
  readonly address: IpAddress;
  readonly port: number;
  /** Go by this interface (SO_BINDTODEVICE), whatever the routes say. */
  readonly interfaceName?: string;
  readonly localAddress?: IpAddress;
}

/** An ExchangePeer made ready for sending; what else it has is its maker's business. */
export interface ExchangeRoute {
  readonly peer: ExchangePeer;
}

/** A question under way, and who is told what comes back. */
export interface Exchange {
  /** All of it is sent, 512 octets at most; an answer repeats the first two (the id of RFC 1035 section 4.1.1). */
  readonly question: Uint8Array;
  /**
   * Something came: `length` octets of `bytes` from `offset` on (above the slot's size if the datagram was cut), or `errno`
   * when it could not be sent or the network refused it. The bytes are valid during the call only. The exchange stays open,
   * for what came may be a forgery. Never called from within `send`.
   */
  onAnswer(bytes: Uint8Array, offset: number, length: number, errno: number): void;
}

export interface ExchangeOptions {
  /** The largest answer that is taken. */
  readonly slotBytes: number;
  /** All that came at once has been told. */
  onIdle(): void;
}

/**
 * Questions over UDP, each from a random port of its own, which hears its peer alone and is not used for another. Only a crowd
 * that leaves for one peer in the same turn shares ports, a few questions to each, for a fraction of the system calls: no one
 * outside can tell the port and the id of one of them any better for it (RFC 5452 section 9.2 counts both).
 */
export interface ExchangeSockets {
  route(peer: ExchangePeer): ExchangeRoute;
  /** The route is not used any more. Exchanges under way on it go on. */
  forget(route: ExchangeRoute): void;
  /** Leaves with the next `flush`, at the latest at the end of this turn of the event loop. */
  send(route: ExchangeRoute, exchange: Exchange): void;
  /** From within `onAnswer` it may do nothing: what waits then leaves at the end of the turn. */
  flush(): void;
  /** Nothing is told to the exchange any more. Fine if it is not open. */
  close(exchange: Exchange): void;
  /**
   * Sends what waits. If that is one question alone, waits for its answer on the spot, for so many microseconds at most,
   * before going back to the event loop: pays when a peer answers faster than a sleeping program wakes up.
   */
  poll(microseconds: number): void;
  /** Nothing is told to anybody any more. */
  closeAll(): void;
}

export interface ExchangePort {
  /** Throws OsError. */
  openExchanges(options: ExchangeOptions): ExchangeSockets;
}
