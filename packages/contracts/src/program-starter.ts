/** Has the bus start a component's program when it is needed, and again when it went away while it was in use. */
import type { Logger } from '@connman/base';
import { type Bus, BusError, busErrorName } from '@connman/dbus';
import type { Clock } from '@connman/ports';

/** Waits between attempts, in milliseconds; the last one goes on. */
const waits = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000] as const;

const absences: readonly string[] = [
  busErrorName.noReply,
  busErrorName.disconnected,
  busErrorName.serviceUnknown,
  busErrorName.nameHasNoOwner,
];

/** Whether a call failed because there is no program, or no bus: nothing to report, all is said again when it is back. */
export function isAbsence(error: unknown): boolean {
  return error instanceof BusError && absences.includes(error.errorName);
}

/** Who needs the program. */
export interface ProgramUser {
  isInNeed(): boolean;
  /** The program is on the bus, for the first time or again. */
  onPresent(): void;
  onGone?(): void;
}

export class ProgramStarter {
  private readonly bus: Bus;
  private readonly name: string;
  private readonly clock: Clock;
  private readonly log: Logger;
  private attempts = 0;
  private asking = false;
  private cancelTimer: (() => void) | undefined;
  private complained = false;
  present = false;

  constructor(bus: Bus, name: string, clock: Clock, log: Logger) {
    this.bus = bus;
    this.name = name;
    this.clock = clock;
    this.log = log;
  }

  /** Follows the owner of the name from now on. */
  follow(user: ProgramUser): void {
    this.bus.watchOwner(this.name, (owner) => {
      const wasPresent = this.present;
      this.present = owner !== undefined;
      if (this.present) {
        this.rest();
        this.complained = false;
        user.onPresent();
      } else if (wasPresent && user.isInNeed()) {
        this.log.warning(`${this.name} left the bus; starting it again`);
        this.wakeLater();
        user.onGone?.();
      }
    });
  }

  /** The program is needed now. */
  wake(): void {
    if (this.present || this.asking || this.cancelTimer) return;
    this.asking = true;
    this.bus.startService(this.name).then(
      // Started is not yet present, and a program that ends at once must not be started in a circle.
      () => this.answered(),
      (error: unknown) => {
        this.complain(error);
        this.answered();
      },
    );
  }

  /** The program is not needed, or not any more. */
  rest(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.attempts = 0;
  }

  private answered(): void {
    this.asking = false;
    if (!this.present) this.wakeLater();
  }

  private wakeLater(): void {
    if (this.cancelTimer) return;
    const wait = waits[Math.min(this.attempts++, waits.length - 1)] as number;
    this.cancelTimer = this.clock.setTimer(wait, () => {
      this.cancelTimer = undefined;
      this.wake();
    });
  }

  private complain(error: unknown): void {
    if (this.complained) return;
    this.complained = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.log.warning(
      `the bus cannot start ${this.name}: ${reason}; still trying, install or start its program, or remove its line from [Components]`,
    );
  }
}
