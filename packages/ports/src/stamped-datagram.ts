/** UDP to one peer, each datagram stamped with the wall clock as close to the wire as the machine can: for time protocols. */
import type { OsError } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { DatagramAddress } from './datagram';

export interface StampedDatagramOptions extends DatagramAddress {
  /** The only peer: what others send is dropped, and its machine's refusals (ECONNREFUSED) reach onError. */
  readonly remote: { readonly address: IpAddress; readonly port: number };
  /** The bytes are valid during the call only. `wallTime` is when they came in, in milliseconds since the epoch. */
  onDatagram(bytes: Uint8Array, wallTime: number): void;
  /** The socket stays open. */
  onError(error: OsError): void;
}

export interface StampedDatagramSocket {
  /** When it left, in milliseconds since the epoch. Throws OsError. */
  send(bytes: Uint8Array): number;
  close(): void;
}

export interface StampedDatagramPort {
  /** Throws OsError. */
  openStamped(options: StampedDatagramOptions): StampedDatagramSocket;
}
