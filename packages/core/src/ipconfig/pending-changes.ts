/**
 * Changes under way. A change that was sent is not sent again until the kernel has shown or refused it; one that is refused,
 * or undone by somebody else again and again, waits longer each time, so that two programs never fight at full speed.
 */
import type { Instant } from '@connman/base';
import { after } from '@connman/base';
import { type Change, changeKey } from './plan';

interface Attempt {
  readonly change: string;
  /** Sent and neither shown nor refused yet. */
  readonly inFlight: boolean;
  readonly count: number;
  /** Not sent again before. */
  readonly notBefore: Instant;
  /** When the first of this row of attempts was. */
  readonly since: Instant;
}

const firstWaitMs = 250;
const longestWaitMs = 30_000;
/** Attempts at the same change within this time count as one row. */
const rowMs = 10_000;
/** So often a change may be needed in a row before waiting starts. */
const freeAttempts = 3;

export class PendingChanges {
  private readonly attempts = new Map<string, Attempt>();
  private soonest: Instant | undefined;

  /** The changes that may be sent now. */
  due(changes: readonly Change[], now: Instant): Change[] {
    const wanted = new Set(changes.map(changeKey));
    for (const [key, attempt] of this.attempts) {
      // No longer needed: the kernel has it, or nobody wants it any more.
      if (wanted.has(key)) continue;
      if (now - attempt.since > rowMs) this.attempts.delete(key);
      else if (attempt.inFlight) this.attempts.set(key, { ...attempt, inFlight: false });
    }
    this.soonest = undefined;
    return changes.filter((change) => {
      const attempt = this.attempts.get(changeKey(change));
      if (!attempt || attempt.change !== JSON.stringify(change)) return true;
      if (attempt.inFlight) return false;
      if (now >= attempt.notBefore) return true;
      if (this.soonest === undefined || attempt.notBefore < this.soonest) this.soonest = attempt.notBefore;
      return false;
    });
  }

  sent(change: Change, now: Instant): void {
    const key = changeKey(change);
    const before = this.attempts.get(key);
    const text = JSON.stringify(change);
    const row = before && before.change === text && now - before.since <= rowMs * Math.max(1, before.count);
    const count = row ? before.count + 1 : 1;
    const wait = count <= freeAttempts ? 0 : Math.min(firstWaitMs * 2 ** (count - freeAttempts), longestWaitMs);
    this.attempts.set(key, {
      change: text,
      inFlight: true,
      count,
      notBefore: after(now, wait),
      since: row ? before.since : now,
    });
  }

  refused(change: Change, now: Instant): void {
    const key = changeKey(change);
    const attempt = this.attempts.get(key);
    if (!attempt) return;
    const wait = Math.min(firstWaitMs * 2 ** Math.min(attempt.count, 8), longestWaitMs);
    this.attempts.set(key, { ...attempt, inFlight: false, notBefore: after(now, wait) });
  }

  /**
   * The kernel has told of the object with this key. Whatever it told, nothing more is to be waited for: the object may have
   * come and gone again within one batch of messages.
   */
  shown(key: string): void {
    const attempt = this.attempts.get(key);
    if (attempt?.inFlight) this.attempts.set(key, { ...attempt, inFlight: false });
  }

  /** What is known of the kernel is fresh: nothing is under way. */
  resynced(): void {
    for (const [key, attempt] of this.attempts) this.attempts.set(key, { ...attempt, inFlight: false });
  }

  /** When a waiting change may be tried again. */
  deadline(): Instant | undefined {
    return this.soonest;
  }
}
