import type { BusStream, BusStreamEvents } from './bus-stream';

export interface LocalListenerOptions {
  /** Path of the socket; a socket that an earlier run left there is replaced. */
  readonly path: string;
  /** Permission bits of the socket; 0600 lets only our own user in. */
  readonly mode: number;
  /** A program has connected. Take it, before this returns, or it is refused. */
  onStream(take: (events: BusStreamEvents) => BusStream): void;
}

/** A unix stream socket that other programs connect to. */
export interface LocalListenerPort {
  /** Throws OsError. */
  listen(options: LocalListenerOptions): { close(): void };
}
