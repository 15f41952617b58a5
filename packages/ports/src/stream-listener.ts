import type { OsError } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { DatagramAddress } from './datagram';
import type { Stream } from './stream';

export interface AcceptedHandlers {
  /** The bytes are valid during the call only. */
  onData(bytes: Uint8Array): void;
  /** The peer sends no more; writing still works. */
  onEnd(): void;
  /** Everything written so far was taken by the kernel, after a time when it was not. */
  onDrain(): void;
  /** Nothing more comes; the stream is closed. */
  onError(error: OsError): void;
}

export interface AcceptedStream extends Stream {
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  /** Stops and goes on reading: what is not read holds the peer back. */
  readMore(more: boolean): void;
  /** Sends what waits, then closes; no callback comes afterwards but onError. */
  end(): void;
}

export interface StreamListenerOptions extends DatagramAddress {
  /** A connection was made; undefined refuses it. */
  onStream(stream: AcceptedStream): AcceptedHandlers | undefined;
  onError(error: OsError): void;
}

export interface StreamListener {
  readonly localPort: number;
  close(): void;
}

/** TCP as a server. */
export interface StreamListenerPort {
  /** Throws OsError. */
  listen(options: StreamListenerOptions): StreamListener;
}
