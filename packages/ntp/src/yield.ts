/** Another program that disciplines the clock: seen in the kernel's status, left alone, and taken over from when it is gone. */
import { after } from '@connman/base';
import type { Transition } from './client-state';

/** The kernel lets the bound of the error grow by 500 ppm (MAXFREQ) while no one disciplines the clock. */
const growth = 500e-6;
const checkEveryMs = 64_000;
/** Twice the longest poll of other time services in their defaults: after that without a sign they are gone. */
const silenceMs = 2 * 1024_000 + checkEveryMs;

/** True if the clock is another program's. Said once. */
export function yields(turn: Transition): boolean {
  const { status } = turn.event;
  const { yielded, sources } = turn.state;
  if (status.disciplinedBy !== 'other') {
    if (yielded) {
      turn.log('info', 'no other program disciplines the clock any more; asking time servers');
      turn.set({ yielded: undefined });
    }
    return false;
  }
  const seen = { maxError: status.maxError, since: turn.now, checkAt: after(turn.now, checkEveryMs) };
  if (!yielded) {
    turn.log('info', 'another program disciplines the clock; leaving it alone as long as it does');
    turn.effects.push({ kind: 'publish', event: { kind: 'yielded' } });
    for (const { id } of sources) turn.effects.push({ kind: 'forget', id });
    turn.set({
      yielded: seen,
      sources: [],
      spare: [],
      lookups: [],
      groups: 0,
      synchronised: false,
      nextRound: undefined,
    });
    return true;
  }
  const elapsed = turn.now - yielded.since;
  // Less than it would have grown to by itself: another program has set it.
  const isAlive = status.maxError < yielded.maxError + (growth * elapsed) / 1000 - growth;
  if (isAlive) turn.set({ yielded: seen });
  else if (elapsed < silenceMs) turn.set({ yielded: { ...yielded, checkAt: seen.checkAt } });
  else {
    turn.log('info', 'the program that disciplined the clock has not done so for half an hour; asking time servers');
    turn.effects.push({ kind: 'release' });
    turn.set({ yielded: undefined });
    return false;
  }
  return true;
}
