/** How long to wait before the next online check: the interval keys of main.conf turned into seconds (ConnMan rule 126). */

export interface CheckIntervals {
  /** OnlineCheckInitialInterval: the index of the first wait, 1 or more. */
  readonly initial: number;
  /** OnlineCheckMaxInterval: the index at which the wait stops growing. */
  readonly max: number;
  /** OnlineCheckIntervalStyle: an index stands for its square or for its Fibonacci number, in seconds. */
  readonly style: 'geometric' | 'fibonacci';
}

/** Seconds for one index. */
export function intervalSeconds(index: number, style: CheckIntervals['style']): number {
  if (style === 'geometric') return index * index;
  let [current, next] = [0, 1];
  for (let i = 0; i < index; i++) [current, next] = [next, current + next];
  return current;
}

/** The index to use after this one. */
export function nextIndex(index: number, intervals: CheckIntervals): number {
  return Math.min(index + 1, intervals.max);
}
