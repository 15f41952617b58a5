import type { Instant } from '@connman/base';

export interface Clock {
  /** CLOCK_BOOTTIME: goes on while the machine is suspended. */
  now(): Instant;
  /** Milliseconds since the epoch; may jump. */
  wallTime(): number;
  /** Calls back once, after `delayMs` milliseconds; the returned function takes it back. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

export interface Entropy {
  bytes(count: number): Uint8Array;
  /** 0 .. 2^32-1. */
  uint32(): number;
}
