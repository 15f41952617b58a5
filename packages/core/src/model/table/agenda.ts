/**
 * An index of a table: which of its values have something to do next, and when. A binary heap, in which the entries of values that
 * have changed since stay behind as stale ones.
 */
import { type Instant, popTimed, pushTimed } from '@connman/base';
import type { Index } from './table-index';

const mostStale = 64;

interface Entry<K> {
  readonly key: K;
  readonly at: Instant;
}

export class Agenda<K, V> implements Index<K, V> {
  private readonly momentOf: (value: V) => Instant | undefined;
  /** What each key waits for; an entry of the heap that differs is stale. */
  private readonly moments = new Map<K, Instant>();
  private heap: Entry<K>[] = [];
  /** Their moment has passed, and `due` has not been asked for them since. */
  private readonly overdue = new Set<K>();

  constructor(momentOf: (value: V) => Instant | undefined) {
    this.momentOf = momentOf;
  }

  /** The keys whose moment has come; each is given once, until its value changes. */
  due(now: Instant): K[] {
    this.pass(now);
    const due = [...this.overdue];
    this.overdue.clear();
    return due;
  }

  /** Entries held, stale ones included. */
  get size(): number {
    return this.heap.length;
  }

  /** The first moment after `now`. */
  next(now: Instant): Instant | undefined {
    return this.pass(now)?.at;
  }

  private pass(now: Instant): Entry<K> | undefined {
    let first = this.first();
    for (; first && first.at <= now; first = this.first()) {
      popTimed(this.heap);
      this.overdue.add(first.key);
    }
    return first;
  }

  changed(key: K, _: V | undefined, now: V | undefined): void {
    const at = now === undefined ? undefined : this.momentOf(now);
    if (this.moments.get(key) === at) return;
    this.overdue.delete(key);
    if (at === undefined) {
      this.moments.delete(key);
    } else {
      this.moments.set(key, at);
      pushTimed(this.heap, { key, at });
      this.sweep();
    }
  }

  /** The earliest entry that is not stale. */
  private first(): Entry<K> | undefined {
    for (let top = this.heap[0]; top; top = this.heap[0]) {
      if (this.moments.get(top.key) === top.at) return top;
      popTimed(this.heap);
    }
    return undefined;
  }

  /** Moments that change often would leave more stale entries behind than there are true ones. */
  private sweep(): void {
    if (this.heap.length <= 2 * this.moments.size + mostStale) return;
    const kept = new Map<K, Entry<K>>();
    for (const entry of this.heap) if (this.moments.get(entry.key) === entry.at) kept.set(entry.key, entry);
    // A sorted list is a heap.
    this.heap = [...kept.values()].sort((a, b) => a.at - b.at);
  }
}
