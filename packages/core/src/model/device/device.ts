/** A managed device: what its driver reports of it, and what we want of its power. */
import type { Instant } from '@connman/base';
import type { DeviceFact } from '@connman/contracts';

export interface Device extends DeviceFact {
  /** Its driver's name. */
  readonly driver: string;
  /** It is to become this; undefined once it is, so that what an administrator does later stands. */
  readonly pendingPower: boolean | undefined;
  /** When the driver was last asked for `pendingPower`. */
  readonly powerAskedAt?: Instant;
}
