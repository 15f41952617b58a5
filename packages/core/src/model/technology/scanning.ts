/** How the scans of one device stand. */
import type { Instant } from '@connman/base';

export interface Scanning {
  /** Passes over all frequencies so far, and scans of the known ones since the last of those: they say how long to wait. */
  readonly fullCount: number;
  readonly knownCount: number;
  readonly fullAt: Instant;
  readonly knownAt: Instant;
  /** Of a pass that is under way: the groups of frequencies that are still to be scanned. */
  readonly left: readonly (readonly number[])[];
  /** The scan that is under way. */
  readonly running?: { readonly since: Instant; readonly coversKnown: boolean };
  /** Scan() calls that wait for the end of the pass. */
  readonly waiting: readonly number[];
}
