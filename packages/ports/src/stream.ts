import type { OsError } from '@connman/base';
import type { IpAddress } from '@connman/inet';

export interface StreamOptions {
  readonly address: IpAddress;
  readonly port: number;
  /** Go by this interface (SO_BINDTODEVICE), whatever the routes say. */
  readonly interfaceName?: string;
  readonly localAddress?: IpAddress;
  /** How long the connection may take to come up; onError tells ETIMEDOUT then. No limit if not given. */
  readonly timeoutMs?: number;
  onOpen(): void;
  /** The bytes are valid during the call only. */
  onData(bytes: Uint8Array): void;
  /** The peer sends no more; writing still works. */
  onEnd(): void;
  /** Nothing more comes; the stream is closed. */
  onError(error: OsError): void;
}

export interface Stream {
  /** Taken as a whole; what the kernel does not take yet is kept and sent later. May be called before onOpen. */
  write(bytes: Uint8Array): void;
  /** Bytes that wait to be taken by the kernel. */
  readonly pendingBytes: number;
  /** No callback comes afterwards; what was not sent yet is lost. */
  close(): void;
}

/** TCP as a client. */
export interface StreamPort {
  /** The answer comes by callback, never before this returns. Throws OsError when there cannot be a connection at all. */
  connect(options: StreamOptions): Stream;
}
