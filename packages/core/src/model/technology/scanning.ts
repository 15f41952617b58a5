/** How the scans of one device stand. */
import type { Instant } from '@connman/base';

export interface Scanning {
  /** Scans of all frequencies so far, and of the known ones since the last of those: they say how long to wait. */
  readonly fullCount: number;
  readonly knownCount: number;
  readonly fullAt: Instant;
  readonly knownAt: Instant;
  /** A scan is under way since then. */
  readonly since?: Instant;
  /** Scan() calls that wait for its end. */
  readonly waiting: readonly number[];
}
