/**
 * How soon a check follows a visit to the captive portal (ConnMan rule 134): the first at once, the next ones after a pause
 * that grows. An agent that answers RequestBrowser without showing anybody anything would have the portal asked without end.
 */
import { after, type Instant } from '@connman/base';

export interface PortalVisits {
  /** In a row: none of them led to the internet, and none came long after the check of the one before. */
  readonly count: number;
  /** When the check that the last one brought goes out, or went out. */
  readonly checkAt: Instant;
}

const firstPauseMs = 1_000;
/** Also how long after the last check a visit counts as the first again: only a person takes so long. */
const longestPauseMs = 60_000;

/** One more visit, at `at`. One that took longer than the pause does not wait. */
export function visited(before: PortalVisits | undefined, at: Instant): PortalVisits {
  if (!before || at - before.checkAt >= longestPauseMs) return { count: 1, checkAt: at };
  const pause = Math.min(firstPauseMs * 2 ** (before.count - 1), longestPauseMs);
  // The check due by the interval may have gone out before the one that waited.
  const lastCheck = before.checkAt < at ? before.checkAt : at;
  const earliest = after(lastCheck, pause);
  return { count: before.count + 1, checkAt: earliest > at ? earliest : at };
}
