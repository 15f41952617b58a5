/**
 * The clock that counts suspended time, and its timers: CLOCK_BOOTTIME through a timerfd.
 *
 * Node's own timers count neither the time a machine sleeps nor anything finer than a millisecond, and compare with a
 * loop time that is stale after a long turn. A lease that ran out while the lid was closed must be noticed at once.
 */
import { type Instant, instant } from '@connman/base';
import type { Clock } from '@connman/ports';
import { addon } from '../addon';
import { must } from '../calls';
import { Descriptor, READABLE } from '../descriptor';
import { type Timer, TimerQueue } from './timer-queue';

/** A thousand timers of one moment ring in so many rounds that other descriptors are served in between. */
const timersPerRing = 16;

class BootClock implements Clock {
  private readonly queue = new TimerQueue();
  private descriptor: Descriptor | undefined;
  private armedFor = 0;
  private ringing = false;
  /** How often the timer has rung. */
  private readonly expirations = new Uint8Array(8);

  now(): Instant {
    return instant(addon().bootTime());
  }

  wallTime(): number {
    return Date.now();
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = this.queue.add(addon().bootTime() + Math.max(0, delayMs), callback);
    this.arm();
    return () => this.cancel(timer);
  }

  private cancel(timer: Timer): void {
    if (timer.index < 0) return;
    this.queue.remove(timer);
    this.arm();
  }

  /** A timer that waits keeps the program running; an idle clock does not. */
  private arm(): void {
    if (this.ringing) return;
    const at = this.queue.first?.at ?? 0;
    if (at === this.armedFor) return;
    this.descriptor ??= this.open();
    const { fd } = this.descriptor;
    must(addon().timerSet(fd, at), 'timerfd_settime', 'the clock');
    if (at === 0 || this.armedFor === 0) this.descriptor.keepAlive(at !== 0);
    this.armedFor = at;
  }

  private open(): Descriptor {
    const fd = must(addon().timerCreate(), 'timerfd_create', 'the clock');
    return new Descriptor(fd, READABLE, 'the clock', () => this.ring());
  }

  private ring(): void {
    if (!this.descriptor) return;
    addon().read(this.descriptor.fd, this.expirations);
    this.armedFor = 0;
    const now = addon().bootTime();
    this.ringing = true;
    try {
      // What a callback sets for right now rings the next time round: others get their turn in between.
      for (let left = timersPerRing; left > 0; left--) {
        const timer = this.queue.first;
        if (!timer || timer.at > now) break;
        this.queue.remove(timer);
        timer.callback();
      }
    } finally {
      this.ringing = false;
      this.descriptor.keepAlive(false);
      this.armedFor = 0;
      this.arm();
    }
  }
}

/** The machine's clock. */
export const bootClock: Clock = new BootClock();
