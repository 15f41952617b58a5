import type { OsError } from '@connman/base';
import type { Family, IpAddress } from '@connman/inet';

export interface DatagramAddress {
  readonly family: Family;
  /** The address of the socket's own end; any if not given. */
  readonly localAddress?: IpAddress;
  /** 0, which is what it is if not given, lets the kernel choose. */
  readonly localPort?: number;
  /** Send by this interface and hear this interface alone (SO_BINDTODEVICE), whatever the routes say. */
  readonly interfaceName?: string;
  /** Let several sockets have this port (SO_REUSEADDR). */
  readonly reuseAddress?: boolean;
  /** Bind to an address that is not there yet (IP_FREEBIND). */
  readonly freebind?: boolean;
}

export interface DatagramOptions extends DatagramAddress {
  /** Sending to broadcast addresses is allowed (SO_BROADCAST). */
  readonly broadcast?: boolean;
  /** The only peer: no one else is heard, and its machine's refusals (ECONNREFUSED) reach onError. */
  readonly remote?: { readonly address: IpAddress; readonly port: number };
  /** The bytes are valid during the call only. */
  onDatagram(bytes: Uint8Array, sourceAddress: IpAddress, sourcePort: number): void;
  /** The socket stays open. */
  onError(error: OsError): void;
}

export interface DatagramSocket {
  readonly localPort: number;
  /** To the remote if no address is given. Throws OsError. */
  send(bytes: Uint8Array, address?: IpAddress, port?: number): void;
  close(): void;
}

/** UDP, one datagram at a time. */
export interface DatagramPort {
  /** Throws OsError. */
  open(options: DatagramOptions): DatagramSocket;
}

/**
 * Up to `size` datagrams side by side in one buffer. Datagram i has `lengths[i]` bytes at `offsets[i]` of `bytes`, and
 * its peer's address is the opaque entry i of `addresses`.
 */
export interface DatagramBatch {
  readonly size: number;
  readonly slotBytes: number;
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
  readonly addresses: Uint8Array;
}

/** Bytes of one entry of `addresses`: a struct sockaddr_in or sockaddr_in6. */
export const batchAddressBytes = 28;
/** The most datagrams of one batch. */
const maxBatch = 64;

/** All zero; datagram i's slot starts at `i * slotBytes`. */
export function createDatagramBatch(slotBytes: number, size: number = maxBatch): DatagramBatch {
  const offsets = new Uint32Array(size);
  for (let i = 0; i < size; i++) offsets[i] = i * slotBytes;
  return {
    size,
    slotBytes,
    bytes: new Uint8Array(size * slotBytes),
    offsets,
    lengths: new Uint32Array(size),
    addresses: new Uint8Array(size * batchAddressBytes),
  };
}

export interface BatchOptions extends DatagramAddress {
  /** How much may wait to be received while the program is busy; as much of it as the machine allows. Its default if not given. */
  readonly receiveBufferBytes?: number;
  /** Datagrams wait: call `receive` until it answers less than the batch's size, or come back at the next call. */
  onReadable(): void;
  /** `send` stopped because the socket's buffer was full; it has room again. */
  onWritable(): void;
  onError(error: OsError): void;
}

export interface BatchSocket {
  readonly localPort: number;
  /** Fills the batch from its first slot and answers how many came. A length above `slotBytes` is a datagram that was cut. */
  receive(batch: DatagramBatch): number;
  /**
   * Sends entries `from` to `to` - 1, each to its own address, and answers the index of the first one not sent: `to`, or
   * less if the socket's buffer is full (onWritable follows). A datagram the kernel refuses is skipped and told to onError.
   */
  send(batch: DatagramBatch, from: number, to: number): number;
  close(): void;
}

/** UDP, many datagrams in one system call. */
export interface BatchPort {
  /** Throws OsError. */
  openBatch(options: BatchOptions): BatchSocket;
}
