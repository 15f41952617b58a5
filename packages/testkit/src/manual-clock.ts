/** A clock that stands still until a test moves it; timers ring in their order, each at its own moment. */
import { after, type Instant, instant } from '@connman/base';
import type { Clock } from '@connman/ports';

interface Timer {
  readonly at: Instant;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  private current: Instant;
  private wallOffset: number;
  private readonly timers = new Set<Timer>();

  constructor(startMs = 0, wallStartMs = 1_700_000_000_000) {
    this.current = instant(startMs);
    this.wallOffset = wallStartMs - startMs;
  }

  now(): Instant {
    return this.current;
  }

  wallTime(): number {
    return this.current + this.wallOffset;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = { at: after(this.current, Math.max(0, delayMs)), callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Moves on by so many milliseconds and rings what falls due on the way, timers set meanwhile included. */
  advance(milliseconds: number): void {
    const end = after(this.current, milliseconds);
    for (let timer = this.first(); timer && timer.at <= end; timer = this.first()) {
      if (timer.at > this.current) this.current = timer.at;
      this.timers.delete(timer);
      timer.callback();
    }
    this.current = end;
  }

  /** The machine sleeps: time passes, and timers that fell due meanwhile ring late, when it wakes. */
  sleep(milliseconds: number): void {
    this.current = after(this.current, milliseconds);
    this.advance(0);
  }

  /** The wall clock is set; the moments of timers stay. */
  jumpWallTime(milliseconds: number): void {
    this.wallOffset += milliseconds;
  }

  /** Milliseconds until the next timer rings; undefined if none is set. */
  get untilNext(): number | undefined {
    const timer = this.first();
    return timer && timer.at - this.current;
  }

  /** How many timers are set: a test's look for forgotten ones. */
  get pending(): number {
    return this.timers.size;
  }

  private first(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.timers) if (!earliest || timer.at < earliest.at) earliest = timer;
    return earliest;
  }
}
