/** Many deadlines on one timer: questions come and go by the ten thousand, and few of their deadlines are ever reached. */
import { after, type Instant, popTimed, pushTimed } from '@connman/base';
import type { Clock } from '@connman/ports';

export interface Deadline {
  readonly at: Instant;
  /** Undefined once it rang or was taken back. */
  callback: (() => void) | undefined;
}

/** The timer may ring this much later than asked, so that many deadlines share one ring. */
const graceMs = 4;

export class Deadlines {
  private readonly clock: Clock;
  /** A binary heap, the earliest first. What was taken back stays until its time, or until half of the heap is such. */
  private heap: Deadline[] = [];
  private cancelled = 0;
  private armedAt = Number.POSITIVE_INFINITY;
  private disarm: (() => void) | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(now: Instant, delayMs: number, callback: () => void): Deadline {
    const deadline: Deadline = { at: after(now, delayMs), callback };
    pushTimed(this.heap, deadline);
    if (deadline.at + graceMs < this.armedAt) this.arm(now, deadline.at);
    return deadline;
  }

  cancel(deadline: Deadline): void {
    if (!deadline.callback) return;
    deadline.callback = undefined;
    this.cancelled++;
    if (this.cancelled > 64 && this.cancelled * 2 > this.heap.length) this.sweep();
  }

  close(): void {
    this.disarm?.();
    this.disarm = undefined;
    this.armedAt = Number.POSITIVE_INFINITY;
    this.heap = [];
    this.cancelled = 0;
  }

  private arm(now: Instant, at: Instant): void {
    this.disarm?.();
    this.armedAt = at + graceMs;
    this.disarm = this.clock.setTimer(Math.max(0, at + graceMs - now), () => this.ring());
  }

  private ring(): void {
    this.disarm = undefined;
    this.armedAt = Number.POSITIVE_INFINITY;
    const now = this.clock.now();
    for (let first = this.heap[0]; first && (first.at <= now || !first.callback); first = this.heap[0]) {
      popTimed(this.heap);
      const { callback } = first;
      if (!callback) {
        this.cancelled--;
        continue;
      }
      first.callback = undefined;
      callback();
    }
    const next = this.heap[0];
    // A callback may have armed it, for something later.
    if (next && next.at + graceMs < this.armedAt) this.arm(this.clock.now(), next.at);
  }

  private sweep(): void {
    const kept = this.heap.filter((deadline) => deadline.callback);
    // A sorted list is a heap.
    kept.sort((a, b) => a.at - b.at);
    this.heap = kept;
    this.cancelled = 0;
  }
}
