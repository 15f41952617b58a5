/** One timer that rings at an Instant, however far off, and never before it. */
import type { Instant } from '@connman/base';
import type { Clock } from '@connman/ports';

/** Longer waits overflow the runtime's timers, which then ring at once. */
const longestDelayMs = 2 ** 31 - 1;

export class Alarm {
  private readonly clock: Clock;
  private readonly ring: () => void;
  private at: Instant | undefined;
  private cancel: () => void = () => {};

  constructor(clock: Clock, ring: () => void) {
    this.clock = clock;
    this.ring = ring;
  }

  /** Replaces the moment set before; infinity is never. */
  set(at: Instant): void {
    if (at === this.at) return;
    this.clear();
    if (at === Number.POSITIVE_INFINITY) return;
    this.at = at;
    this.arm(at);
  }

  clear(): void {
    this.cancel();
    this.at = undefined;
  }

  private arm(at: Instant): void {
    const delay = Math.min(Math.max(0, Math.ceil(at - this.clock.now())), longestDelayMs);
    this.cancel = this.clock.setTimer(delay, () => {
      // Timers of the runtime can ring a little early, and a long wait comes in pieces.
      if (this.clock.now() < at) return this.arm(at);
      this.at = undefined;
      this.ring();
    });
  }
}
