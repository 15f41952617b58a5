/**
 * An index of a table: which of its values have something to do next, and when. A binary heap, in which the entries of values that
 * have changed since stay behind as stale ones.
 */
import type { Instant } from '@connman/base';
import type { Index } from './table';

interface Entry<K> {
  readonly key: K;
  readonly at: Instant;
}

export class Agenda<K, V> implements Index<K, V> {
  private readonly momentOf: (value: V) => Instant | undefined;
  /** What each key waits for; an entry of the heap that differs is stale. */
  private readonly moments = new Map<K, Instant>();
  private readonly heap: Entry<K>[] = [];
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

  /** The first moment after `now`. */
  next(now: Instant): Instant | undefined {
    return this.pass(now)?.at;
  }

  private pass(now: Instant): Entry<K> | undefined {
    let first = this.first();
    for (; first && first.at <= now; first = this.first()) {
      this.pop();
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
      this.push({ key, at });
    }
  }

  /** The earliest entry that is not stale. */
  private first(): Entry<K> | undefined {
    for (let top = this.heap[0]; top; top = this.heap[0]) {
      if (this.moments.get(top.key) === top.at) return top;
      this.pop();
    }
    return undefined;
  }

  private push(entry: Entry<K>): void {
    const { heap } = this;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry<K>;
      if (above.at <= entry.at) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as Entry<K>).at < (heap[child] as Entry<K>).at) child++;
      const below = heap[child] as Entry<K>;
      if (below.at >= last.at) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}
