/** A binary heap of what happens at a moment, the earliest first, in an array of the caller's. */
import type { Instant } from './time';

export interface Timed {
  readonly at: Instant;
}

export function pushTimed<T extends Timed>(heap: T[], entry: T): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as T;
    if (above.at <= entry.at) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = entry;
}

/** Takes the earliest one out: the first of the array. */
export function popTimed<T extends Timed>(heap: T[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    const left = heap[child];
    if (!left) break;
    const right = heap[child + 1];
    if (right && right.at < left.at) child++;
    const below = heap[child] as T;
    if (below.at >= last.at) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = last;
}
