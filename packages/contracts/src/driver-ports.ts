/** What connmand hands to a technology driver that follows a program on the bus. */
import type { Logger } from '@connman/base';
import type { Bus } from '@connman/dbus';
import type { Clock, Rfkill } from '@connman/ports';

export interface DriverPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  /** Absent where the kernel has no rfkill. */
  readonly rfkill?: Rfkill;
  /** The index of a network link by its name; undefined if there is none. */
  readonly ifindexOf: (name: string) => number | undefined;
}
