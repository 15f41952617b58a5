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
  readonly packed: Uint8Array;
}

export interface ExchangeOptions {
  /** The largest answer that is taken. */
  readonly slotBytes: number;
  /**
   * Something came for the exchange `token`: `length` bytes of `bytes` from `offset` on (above the slot's size if the datagram
   * was cut), or `errno` when the network refused. The bytes are valid during the call only. The exchange stays open.
   */
  onAnswer(token: number, bytes: Uint8Array, offset: number, length: number, errno: number): void;
  /** All that came at once has been told. */
  onIdle(): void;
}

/** Questions over UDP, each from a random port of its own, which hears its peer alone and is given back with `close`. */
export interface ExchangeSockets {
  route(peer: ExchangePeer): ExchangeRoute;
  /** The route is not used any more. Exchanges under way on it go on. */
  forget(route: ExchangeRoute): void;
  /** Sends `length` bytes; `token`, chosen by the caller, must not be in use. Answers 0, or a positive errno. */
  send(token: number, route: ExchangeRoute, bytes: Uint8Array, length: number): number;
  /** Fine if there is none. */
  close(token: number): void;
  /**
   * Waits for an answer on the spot, for so many microseconds at most, before going back to the event loop: pays when a peer
   * answers faster than a sleeping program wakes up.
   */
  poll(microseconds: number): void;
  closeAll(): void;
}

export interface ExchangePort {
  /** Throws OsError. */
  openExchanges(options: ExchangeOptions): ExchangeSockets;
}
