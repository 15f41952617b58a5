/** Which servers are right when they disagree, and the time that follows (RFC 5905 section 11.2.1, simplified to a median). */

export interface Candidate<Id> {
  readonly id: Id;
  /** True time minus raw time, in milliseconds. */
  readonly offset: number;
  /** The server's clock is right if true time is within this of it, in milliseconds. */
  readonly distance: number;
}

export interface Selection<Id> {
  readonly survivors: readonly Candidate<Id>[];
  readonly falsetickers: readonly Candidate<Id>[];
  /** The median of the survivors that are about as close to true time as the closest. */
  readonly offset: number;
  readonly distance: number;
}

/** Survivors this many times farther from true time than the closest one have no say in the median. */
const farther = 4;

/**
 * Undefined if no majority agrees. The truth is within the largest intersection of the candidates' intervals (Marzullo), and
 * a candidate whose interval misses it is a falseticker.
 */
export function select<Id>(candidates: readonly Candidate<Id>[]): Selection<Id> | undefined {
  const region = intersection(candidates);
  if (!region || region.count * 2 <= candidates.length) return undefined;
  const inRegion = ({ offset, distance }: Candidate<Id>) =>
    offset - distance <= region.high && offset + distance >= region.low;
  const survivors = candidates.filter(inRegion);
  const falsetickers = candidates.filter((candidate) => !inRegion(candidate));
  const closest = Math.min(...survivors.map(({ distance }) => distance));
  const near = survivors.filter(({ distance }) => distance <= farther * closest).sort((a, b) => a.offset - b.offset);
  const high = near[near.length >> 1] as Candidate<Id>;
  const low = near[(near.length - 1) >> 1] as Candidate<Id>;
  return { survivors, falsetickers, offset: (low.offset + high.offset) / 2, distance: closest };
}

interface Region {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

function intersection<Id>(candidates: readonly Candidate<Id>[]): Region | undefined {
  const edges = candidates
    .flatMap(({ offset, distance }) => [
      { at: offset - distance, step: 1 },
      { at: offset + distance, step: -1 },
    ])
    // Intervals that touch have a point in common.
    .sort((a, b) => a.at - b.at || b.step - a.step);
  let depth = 0;
  let best: Region | undefined;
  for (const [index, { at, step }] of edges.entries()) {
    depth += step;
    if (step > 0 && depth > (best?.count ?? 0)) {
      const next = edges[index + 1];
      best = { low: at, high: next?.at ?? at, count: depth };
    }
  }
  return best;
}
