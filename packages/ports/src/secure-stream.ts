import type { Stream, StreamOptions } from './stream';

export interface SecureStreamOptions extends Omit<StreamOptions, 'onError'> {
  readonly tls: {
    /** The name the certificate must carry, and the one asked for (SNI); empty: the address must be in the certificate. */
    readonly serverName: string;
    /** False takes any certificate: secret from those who only listen. */
    readonly verify: boolean;
    /** File of certificates (PEM) to trust; empty for those that come with Node.js. */
    readonly caFile: string;
    /** The protocol that both sides must name (ALPN), with TLS 1.3 alone; any if not given. */
    readonly alpn?: string;
  };
  /** Nothing more comes; the stream is closed. An OsError, or an Error whose message says what was wrong with the TLS peer. */
  onError(error: Error): void;
}

/** TLS over TCP as a client. `onOpen` comes when the handshake is done and the certificate holds. */
export interface SecureStreamPort {
  /** The answer comes by callback, never before this returns. Throws OsError when there cannot be a connection at all. */
  connectSecure(options: SecureStreamOptions): Stream;
}

/** TLS whose connection gives keys to another protocol. */
export interface KeyingStreamPort extends SecureStreamPort {
  connectSecure(options: SecureStreamOptions): KeyingStream;
}

export interface KeyingStream extends Stream {
  /** A secret of this connection that both ends can derive and no one else (RFC 8446 section 7.5); only while it is open. */
  exportKey(label: string, context: Uint8Array, bytes: number): Uint8Array;
}
