/** Leap seconds: when one is to be handed to the kernel, and what was measured before it, as of the time after it. */
import type { Leap } from '@connman/ports';
import type { Transition } from './client-state';
import { afterLeap } from './source';

const dayMs = 86_400_000;
const secondMs = 1000;

/** One that was announced to the kernel. */
export interface PlannedLeap {
  /** True time, in milliseconds since the epoch, as it would be without it. */
  readonly at: number;
  /** What it moves POSIX time by: a second that is inserted is one that is counted twice. */
  readonly shiftMs: number;
}

/** They are at the end of a month; servers may announce them a month ahead, the kernel takes them for today's. */
export function isLeapDay(trueTime: number): boolean {
  return new Date(trueTime + dayMs).getUTCDate() === 1;
}

export function plannedLeap(leap: Leap, trueTime: number): PlannedLeap | undefined {
  const midnight = (Math.floor(trueTime / dayMs) + 1) * dayMs;
  if (leap === 'insert') return { at: midnight, shiftMs: -secondMs };
  return leap === 'delete' ? { at: midnight - secondMs, shiftMs: secondMs } : undefined;
}

/** The kernel has moved its clock and the servers theirs: the lines through what they said before are moved as well. */
export function passLeap(turn: Transition): void {
  const { leap, known, sources } = turn.state;
  const { anchor } = known;
  const { boot } = turn.event.reading;
  if (!leap || !anchor || anchor.trueTime + boot - anchor.boot < leap.at) return;
  const { shiftMs } = leap;
  turn.set({
    leap: undefined,
    known: { ...known, anchor: { ...anchor, trueTime: anchor.trueTime + shiftMs } },
    sources: sources.map((source) => afterLeap(source, shiftMs)),
  });
  turn.log('info', `a leap second was ${shiftMs < 0 ? 'inserted' : 'deleted'}; what was measured before it is kept`);
}
