/**
 * Changes under way. A change that was sent is not sent again until the kernel has shown or refused it; one that is refused,
 * or undone by another program again and again, waits longer each time, so that two programs never fight at full speed.
 */
import type { Instant } from '@connman/base';
import { after } from '@connman/base';
import { Table } from '../table/table';
import { type Change, changeKey, linkOf } from './plan';

interface Attempt {
  readonly ifindex: number;
  readonly change: string;
  /** Sent and neither shown nor refused yet. */
  readonly inFlight: boolean;
  readonly count: number;
  /** Not sent again before. */
  readonly notBefore: Instant;
  /** It was refused before in this row: told already. */
  readonly isTold: boolean;
  /** When the first of this row of attempts was. */
  readonly since: Instant;
}

const firstWaitMs = 250;
/** Short enough that what was in the way for long is made up for soon after it has gone. */
const longestWaitMs = 5_000;
/** Attempts at the same change within this time count as one row. */
const rowMs = 10_000;
/** So often a change may be needed in a row before waiting starts. */
const freeAttempts = 6;

const kinds: readonly Change['kind'][] = [
  'set-link',
  'remove-link',
  'put-address',
  'remove-address',
  'put-route',
  'remove-route',
  'put-rule',
  'remove-rule',
];

export class PendingChanges {
  /** By kind of change and object: putting and removing one thing in turn is two rows, and each comes to its end. */
  private readonly attempts = new Table<string, Attempt>();
  private readonly byLink = this.attempts.groupBy(({ ifindex }) => ifindex);
  private soonest: Instant | undefined;

  /** The changes that may be sent now. */
  due(changes: readonly Change[], now: Instant): Change[] {
    const wanted = new Set(changes.map(rowOf));
    for (const [row, attempt] of this.attempts) {
      // No longer needed: the kernel has it, or no one wants it any more.
      if (wanted.has(row)) continue;
      if (now - attempt.since > rowMs) this.attempts.delete(row);
      else if (attempt.inFlight) this.attempts.set(row, { ...attempt, inFlight: false });
    }
    this.soonest = undefined;
    return changes.filter((change) => {
      const attempt = this.attempts.get(rowOf(change));
      if (!attempt || attempt.change !== JSON.stringify(change)) return true;
      if (attempt.inFlight) return false;
      if (now >= attempt.notBefore) return true;
      if (this.soonest === undefined || attempt.notBefore < this.soonest) this.soonest = attempt.notBefore;
      return false;
    });
  }

  sent(change: Change, now: Instant): void {
    const row = rowOf(change);
    const before = this.attempts.get(row);
    const text = JSON.stringify(change);
    const again = before && before.change === text && now - before.since <= rowMs * Math.max(1, before.count);
    const count = again ? before.count + 1 : 1;
    const wait = count <= freeAttempts ? 0 : Math.min(firstWaitMs * 2 ** (count - freeAttempts), longestWaitMs);
    this.attempts.set(row, {
      ifindex: linkOf(change),
      change: text,
      inFlight: true,
      count,
      notBefore: after(now, wait),
      isTold: again ? before.isTold : false,
      since: again ? before.since : now,
    });
  }

  /** Whether it is news: the first refusal in a row. */
  refused(change: Change, now: Instant): boolean {
    const row = rowOf(change);
    const attempt = this.attempts.get(row);
    if (!attempt) return true;
    const wait = Math.min(firstWaitMs * 2 ** Math.min(attempt.count, 8), longestWaitMs);
    this.attempts.set(row, { ...attempt, inFlight: false, isTold: true, notBefore: after(now, wait) });
    return !attempt.isTold;
  }

  /**
   * The kernel has told of the object with this key. Whatever it told, nothing more is to be waited for: the object may have
   * come and gone again within one batch of messages.
   */
  shown(key: string): void {
    if (this.attempts.size === 0) return;
    for (const kind of kinds) {
      const row = `${kind} ${key}`;
      const attempt = this.attempts.get(row);
      if (attempt?.inFlight) this.attempts.set(row, { ...attempt, inFlight: false });
    }
  }

  /** How long the change waits, in milliseconds: 0 while the kernel's answer is awaited; undefined for one to be sent. */
  waitOf(change: Change, now: Instant): number | undefined {
    const attempt = this.attempts.get(rowOf(change));
    if (!attempt || attempt.change !== JSON.stringify(change)) return undefined;
    if (attempt.inFlight) return 0;
    return attempt.notBefore > now ? attempt.notBefore - now : undefined;
  }

  /** The cable or the power of a link has changed: what was tried before says nothing about what will work now. */
  forgive(ifindex: number): void {
    for (const [row] of this.byLink.entries(ifindex)) this.attempts.delete(row);
  }

  /** What is known of the kernel is fresh: nothing is under way. */
  resynced(): void {
    for (const [row, attempt] of this.attempts) this.attempts.set(row, { ...attempt, inFlight: false });
  }

  /** When a waiting change may be tried again. */
  deadline(): Instant | undefined {
    return this.soonest;
  }
}

function rowOf(change: Change): string {
  return `${change.kind} ${changeKey(change)}`;
}
