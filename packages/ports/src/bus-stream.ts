import type { OsError } from '@connman/base';

export interface BusStreamEvents {
  /**
   * What was read, and the file descriptors that came with it. The bytes are valid during the call only; the file
   * descriptors belong to the receiver from now on.
   */
  onData(bytes: Uint8Array, fds: readonly number[]): void;
  /** Everything written has left the program (`queuedBytes` is 0 again after it was not). */
  onDrain(): void;
  /** The stream has ended: by the other side (undefined) or by a fault. Said once; never after `close`. */
  onClose(error: OsError | undefined): void;
}

/** A connected unix stream socket that can carry file descriptors. */
export interface BusStream {
  /** False if file descriptors cannot travel here. */
  readonly passesFds: boolean;
  /** Bytes written here that the kernel has not taken yet. */
  readonly queuedBytes: number;
  /**
   * Sends the bytes in order; the stream keeps them. File descriptors travel with the first byte and belong to the
   * stream from now on: it closes them once they are sent, or when it is closed.
   */
  write(bytes: Uint8Array, fds: readonly number[]): void;
  /** No `onData` until `resume`. */
  pause(): void;
  resume(): void;
  /** Closes a file descriptor that no one wanted. */
  closeFd(fd: number): void;
  close(): void;
}

export interface BusStreamPort {
  /**
   * Connects to a unix socket: a path, or an abstract name after a first character of code 0. Rejects with OsError.
   */
  open(address: string, events: BusStreamEvents): Promise<BusStream>;
}
