/**
 * What is known of one family of an uplink: whether it leads to the internet, by what evidence, and when to check it next.
 *
 * A way is verified by a check that succeeds, and lost by checks that fail for some seconds. It is checked when something speaks
 * against it (a suspicion), and otherwise only while it is not verified: a good way costs nothing.
 */
import { after, type Instant } from '@connman/base';
import type { Family } from '@connman/inet';
import type { CheckOutcome } from '../online/online-machine';

export type Verdict = 'unknown' | 'verified' | 'lost';
/** As services show it; `narrow`: lost for packets of full size alone. */
export type ShownVerdict = Verdict | 'narrow';

export interface Way {
  readonly serviceId: string;
  readonly ifindex: number;
  readonly family: Family;
  readonly verdict: Verdict;
  /** Of the verdict. */
  readonly since: Instant;
  /** What the verdict rests on, in words. */
  readonly evidence: string;
  /** When a check last succeeded. */
  readonly seenAt?: Instant;
  /** How often it was lost of late: each time it has to be good for longer before it is trusted again. */
  readonly losses: number;
  /** It is lost, and checks succeed again since. */
  readonly goodSince?: Instant;
  /** The check that is out, and when the first one of a row that fails went out. */
  readonly checkId?: number;
  readonly failingSince?: Instant;
  readonly dueAt?: Instant;
  /** The check that is out or due is for a suspicion; of a lost way, what led to the check that failed. In words. */
  readonly suspicion?: string;
  /** Full-size packets are in doubt: the next check that succeeds is followed by one of full size, or the next one is. */
  readonly size?: 'doubted' | 'full';
  /** Each check of it is paid for: it is checked less often. */
  readonly isMetered?: true;
  /** Suspicions in a row that a check has disproved. */
  readonly disproved: number;
}

/** A check has this long, and a way that fails for as long is lost. */
export const checkMs = 3_000;
const retryMs = 500;
/** A lost way is checked in intervals that grow with the time for which it has been lost. */
const recheckMs = { least: 10_000, most: 300_000 } as const;
/** How long a lost way has to be good before it is preferred to one that was good throughout; doubled with each loss. */
const trustMs = { least: 60_000, most: 30 * 60_000 } as const;
/** Losses further back count no more, nor do suspicions. */
const memoryMs = 3_600_000;
/** The least time between a suspicion that was disproved and the next check; doubled with each. */
const doubtMs = { least: 2_000, most: 55 * 60_000 } as const;
/** A metered way is checked so many times less often, and not for another's sake when it was checked so recently. */
const meteredFactor = 4;
const meteredRestMs = 600_000;

export function newWay(serviceId: string, ifindex: number, family: Family, now: Instant, dueAt: Instant): Way {
  const evidence = 'not checked yet';
  return { serviceId, ifindex, family, verdict: 'unknown', since: now, evidence, losses: 0, disproved: 0, dueAt };
}

/** Whether each check of it is paid for, as of now. */
export function priced({ isMetered: _, ...way }: Way, isMetered: boolean): Way {
  return isMetered ? { ...way, isMetered } : way;
}

export function verified(
  { goodSince: _, failingSince: __, dueAt: ___, ...way }: Way,
  now: Instant,
  evidence: string,
): Way {
  if (way.verdict === 'verified') return { ...way, seenAt: now };
  const { suspicion: ____, ...rest } = way;
  return { ...rest, verdict: 'verified', since: now, seenAt: now, evidence };
}

/** A user put it first before it was checked. */
export function preferredByUser(way: Way, now: Instant): Way {
  if (way.verdict !== 'unknown') return way;
  const trusted = { ...way, verdict: 'verified', since: now, evidence: 'a user put it first' } as const;
  return way.checkId === undefined ? { ...trusted, dueAt: now } : trusted;
}

export function lost(way: Way, now: Instant, evidence: string): Way {
  const { goodSince: _, failingSince: __, size: ___, ...rest } = way;
  if (way.verdict === 'lost') return { ...rest, evidence, dueAt: recheckAt(way, now) };
  const isRecent = way.verdict === 'unknown' || now - way.since < memoryMs;
  const losses = isRecent ? way.losses + 1 : 1;
  return {
    ...rest,
    verdict: 'lost',
    since: now,
    evidence,
    losses,
    disproved: 0,
    dueAt: after(now, recheckMs.least * factorOf(way)),
  };
}

/** The user turned the portal down (rule 134): it leads nowhere, and is not checked any more. */
export function turnedDown(way: Way, now: Instant): Way {
  const { dueAt: _, checkId: __, suspicion: ___, ...rest } = lost(way, now, 'the user turned the portal down');
  return rest;
}

/** A check is to go out now. */
export function checked({ dueAt: _, ...way }: Way, checkId: number, now: Instant): Way {
  return { ...way, checkId, failingSince: way.failingSince ?? now };
}

/** The answer to the check that was out. */
export function answered({ checkId: _, ...way }: Way, outcome: CheckOutcome, now: Instant): Way {
  if (outcome.kind === 'online') return succeeded(way, now);
  if (outcome.kind === 'portal') return lost(way, now, `a portal answers: ${outcome.url}`);
  if (way.verdict === 'lost' || now - (way.failingSince ?? now) >= checkMs)
    return way.size === 'full' ? { ...lost(way, now, narrowText), size: way.size } : lost(way, now, outcome.reason);
  return { ...way, dueAt: after(now, retryMs) };
}

const narrowText =
  'large packets are lost on the way and small ones are not; lower the MTU of the network, or let its routers send ICMP';

/** Lost for packets of full size alone. */
export function shownVerdict({ verdict, size }: Way): ShownVerdict {
  return verdict === 'lost' && size === 'full' ? 'narrow' : verdict;
}

function succeeded({ size, ...way }: Way, now: Instant): Way {
  const { failingSince: _, ...rest } = way;
  if (size === 'doubted') return { ...verified(way, now, 'a check succeeded'), size: 'full', dueAt: now };
  if (way.verdict !== 'lost') {
    const { suspicion, ...good } = verified(way, now, 'a check succeeded');
    return { ...good, disproved: way.disproved + (suspicion === undefined ? 0 : 1) };
  }
  return { ...rest, seenAt: now, goodSince: way.goodSince ?? now, dueAt: after(now, recheckMs.least * factorOf(way)) };
}

/** Something speaks against a way that was good: it is checked now, or not, if that has been disproved often of late. */
export function suspected(way: Way, now: Instant, suspicion: string, bySize = false): Way {
  if (!isAtRest(way)) return way;
  const age = now - (way.seenAt ?? way.since);
  const factor = factorOf(way);
  const disproved = age > memoryMs * factor ? 0 : way.disproved;
  const pause = disproved === 0 ? 0 : factor * Math.min(doubtMs.least * 2 ** (disproved - 1), doubtMs.most);
  if (age < pause) return way;
  // A check of full size costs more: only the first suspicion of a row has one.
  const size = bySize && disproved === 0 && ({ size: 'doubted' } as const);
  return { ...way, disproved, suspicion, dueAt: now, ...size };
}

/** Another way is suspected: whether this one could take over is to be known by then. */
export function reassured(way: Way, now: Instant, bySize = false): Way {
  const isFresh = way.isMetered && now - (way.seenAt ?? way.since) < meteredRestMs;
  const size = bySize && ({ size: 'doubted' } as const);
  return isAtRest(way) && !isFresh ? { ...way, dueAt: now, ...size } : way;
}

function factorOf({ isMetered }: Way): number {
  return isMetered ? meteredFactor : 1;
}

function isAtRest({ verdict, checkId, dueAt }: Way): boolean {
  return verdict === 'verified' && checkId === undefined && dueAt === undefined;
}

/** When a lost way that is good again counts as verified, if another one is verified; without one it does at once. */
export function trustedAt({ goodSince, losses }: Way): Instant | undefined {
  return goodSince && after(goodSince, Math.min(trustMs.least * 2 ** (losses - 1), trustMs.most));
}

function recheckAt(way: Way, now: Instant): Instant {
  const { since } = way;
  return after(now, factorOf(way) * Math.min(Math.max((now - since) / 4, recheckMs.least), recheckMs.most));
}

/** When there is something to do about it without an event. */
export function nextOf(way: Way): Instant | undefined {
  const trusted = trustedAt(way);
  if (way.dueAt === undefined || trusted === undefined) return way.dueAt ?? trusted;
  return way.dueAt < trusted ? way.dueAt : trusted;
}
