/**
 * Gives back the memory that a burst of events took, once it is over: a daemon rests most of its life, and V8 by itself
 * keeps what it had until the next burst.
 */
import { after, type Instant, instant } from '@connman/base';
import type { Clock } from '@connman/ports';

/** Nothing has happened for so long. */
const quietMs = 6000;
/** A collection takes some milliseconds in which no one is answered: not again before this time is over. */
const restMs = 60_000;

export class TidyUp {
  private readonly clock: Clock;
  private readonly collect: () => void;
  private quietAt: Instant = instant(0);
  private notBefore: Instant = instant(0);
  private armed = false;

  constructor(clock: Clock, collect: () => void) {
    this.clock = clock;
    this.collect = collect;
  }

  /** Something has happened. */
  stir(): void {
    this.quietAt = after(this.clock.now(), quietMs);
    if (!this.armed) this.arm();
  }

  private arm(): void {
    this.armed = true;
    this.clock.setTimer(Math.max(this.quietAt, this.notBefore) - this.clock.now(), () => {
      const now = this.clock.now();
      if (now < this.quietAt) return this.arm();
      this.armed = false;
      this.notBefore = after(now, restMs);
      this.collect();
    });
  }
}
