/** One time server: when it is asked next, and what its answers have shown. */
import { after, type Instant } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { Refusal, Sample } from './exchange';
import { explained, type Fit, fitAt, fitLine, type Prior, wanderPpm } from './fit';

export interface Source {
  readonly id: number;
  /** As the request names it. */
  readonly host: string;
  readonly address: IpAddress;
  readonly nextQuery: Instant;
  /** A question is under way until then. */
  readonly answerBy: Instant | undefined;
  /** Questions in quick succession that are left. */
  readonly burst: number;
  /** log2 of the seconds between questions, and the least this server puts up with. */
  readonly poll: number;
  readonly minPoll: number;
  /** How often in a row the clock was where it was expected. */
  readonly steady: number;
  /** The last eight questions, the latest in the lowest bit: 1 if answered usefully (RFC 5905 section 13). */
  readonly reach: number;
  /** Questions in a row without a useful answer. */
  readonly misses: number;
  readonly samples: readonly Sample[];
  readonly fit: Fit | undefined;
  /** Far off the line: dropped, unless the next one agrees with it. */
  readonly suspect: Sample | undefined;
}

/** 64 s and 1024 s, some 17 minutes. */
const minPoll = 6;
const maxPoll = 10;
/** What a server may ask for in a kiss-o'-death: 36 hours. */
const longestPoll = 17;

/** Pauses after the first questions, which give the rate before the first long pause. */
const burstPausesMs = [2000, 2000, 4000, 8000, 16_000, 32_000] as const;
/** How soon a surprising answer is checked. */
const confirmMs = 8000;
/** How long an answer may take: the first time, and after each miss. */
const patienceMs = [2000, 4000, 4000] as const;
/** Misses after which a server that has never responded is given up, and one that did waits for its next poll. */
const triesAtOnce = patienceMs.length;
const reachBits = 0xff;
/** Polls in a row with the expected offset before the interval doubles. */
const steadyPolls = 4;
/** Samples that a line should explain before the interval is too long for the oscillator. */
const fewestKept = 10;

export function createSource(id: number, host: string, address: IpAddress, now: Instant): Source {
  return {
    ...{ id, host, address, nextQuery: now, answerBy: undefined, burst: burstPausesMs.length },
    ...{ poll: minPoll, minPoll, steady: 0, reach: 0, misses: 0, samples: [], fit: undefined, suspect: undefined },
  };
}

/** The machine has slept: what was measured does not hold any more, the server is the same. */
export function afterSleep(source: Source, now: Instant): Source {
  const { id, host, address } = source;
  const poll = source.minPoll;
  return { ...createSource(id, host, address, now), poll, minPoll: poll };
}

/** POSIX time was moved by a leap second; what was measured before it holds with that. */
export function afterLeap(source: Source, shiftMs: number): Source {
  const moved = <T extends { readonly offset: number }>(one: T): T => ({ ...one, offset: one.offset + shiftMs });
  const { fit, suspect } = source;
  return { ...source, samples: source.samples.map(moved), fit: fit && moved(fit), suspect: suspect && moved(suspect) };
}

/** A question leaves now. `random` is 32 bits: polls of many machines must not fall into step. */
export function asked(source: Source, now: Instant, random: number): Source {
  const patience = patienceMs[Math.min(source.misses, triesAtOnce - 1)] as number;
  const pause = burstPausesMs[burstPausesMs.length - source.burst] ?? pollMs(source, random);
  return {
    ...source,
    answerBy: after(now, patience),
    nextQuery: after(now, pause),
    burst: Math.max(0, source.burst - 1),
  };
}

export function answered(source: Source, sample: Sample, prior: Prior, now: Instant): Source {
  const next = { ...source, answerBy: undefined, misses: 0, reach: ((source.reach << 1) | 1) & reachBits };
  const surprise = surpriseOf(source, sample);
  const { suspect } = source;
  if (surprise > farOff && !(suspect && agree(source, suspect, sample)))
    // A spike, or the server's clock was stepped: the next answers tell.
    return { ...next, suspect: sample, nextQuery: Math.min(source.nextQuery, after(now, confirmMs)) as Instant };
  // What agrees with a suspect makes it right, and everything before it wrong.
  const before = surprise > farOff && suspect ? [suspect] : source.samples;
  const samples = explained([...before, sample], prior);
  const fit = fitLine(samples, sample.raw, prior);
  return { ...next, ...paced(source, surprise, samples.length), samples, fit, suspect: undefined };
}

/** In standard errors, four of which are ordinary and eight are not. */
const expected = 4;
const farOff = 8;

/** How far the sample is from where the line has it, beyond what its round trip explains. */
function surpriseOf({ fit, samples }: Source, sample: Sample): number {
  if (!fit || samples.length < fewestForSurprise) return 0;
  const predicted = fitAt(fit, sample.raw);
  const error = Math.hypot(predicted.offsetError, fit.jitter);
  return Math.max(0, Math.abs(sample.offset - predicted.offset) - lateness(samples, sample)) / error;
}

const fewestForSurprise = 3;

function agree({ fit, samples }: Source, a: Sample, b: Sample): boolean {
  const elapsed = Math.abs(b.raw - a.raw);
  const open = farOff * (fit?.jitter ?? 0) + lateness(samples, a) + lateness(samples, b) + (elapsed * wanderPpm) / 1e6;
  return Math.abs(b.offset - a.offset - ((fit?.frequency ?? 0) * elapsed) / 1e6) <= open;
}

/** What a round trip longer than the shortest one may be off by. */
function lateness(samples: readonly Sample[], { delay }: Sample): number {
  return Math.max(0, delay - Math.min(...samples.map((one) => one.delay))) / 2;
}

/** Only steady polls count, not the burst. A surprise, or a rate that no line explains for long, halves the interval. */
function paced(source: Source, surprise: number, kept: number): Pick<Source, 'poll' | 'steady'> {
  if (source.burst > 0 || !source.fit) return { poll: source.poll, steady: 0 };
  const wanders = kept < fewestKept && kept <= source.samples.length;
  if (surprise > expected || wanders) return { poll: Math.max(source.minPoll, source.poll - 1), steady: 0 };
  const steady = source.steady + 1;
  if (steady < steadyPolls) return { poll: source.poll, steady };
  return { poll: Math.min(Math.max(maxPoll, source.minPoll), source.poll + 1), steady: 0 };
}

/** No answer, or one of no use. Asked again soon a few times, then with the next poll. */
export function missed(source: Source, now: Instant): Source {
  const misses = source.misses + 1;
  const soon = misses < triesAtOnce || source.burst > 0 || misses % triesAtOnce !== 0;
  const reach = (source.reach << 1) & reachBits;
  return { ...source, answerBy: undefined, misses, reach, nextQuery: soon ? now : source.nextQuery };
}

/** Too many misses: nothing is to be expected of it. */
export function isLost(source: Source): boolean {
  return source.samples.length === 0 ? source.misses >= triesAtOnce : source.reach === 0 && source.misses >= 8;
}

/** RATE: asks less from now on, and never again as often as before (RFC 8633 section 4.3). */
export function slowedDown(source: Source, refusal: Refusal & { kind: 'kiss' }, now: Instant): Source {
  const poll = Math.min(longestPoll, Math.max(source.poll + 1, refusal.poll));
  return {
    ...source,
    ...{ answerBy: undefined, burst: 0, poll, minPoll: poll, steady: 0, misses: 0 },
    nextQuery: after(now, 2 ** poll * 1000),
  };
}

/** The interval, less up to an eighth of it. */
function pollMs({ poll }: Source, random: number): number {
  return 2 ** poll * 1000 * (1 - random / 2 ** 35);
}

/** When something is to be done about it. */
export function deadlineOf(source: Source): Instant {
  return source.answerBy ?? source.nextQuery;
}
