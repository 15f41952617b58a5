/** Has the bus start a back end when a radio needs one and none runs; never a second one. */
import type { Logger } from '@connman/base';
import { type Bus, type BusError, busErrorName } from '@connman/dbus';
import type { Clock } from '@connman/ports';

/** Milliseconds between rounds; the last one goes on. */
const waits = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000] as const;

export class Starter {
  private readonly bus: Bus;
  private readonly clock: Clock;
  private readonly log: Logger;
  private readonly names: readonly string[];
  private rounds = 0;
  private wanted = false;
  private asking = false;
  private cancelTimer: (() => void) | undefined;
  private complained = false;

  /** @param names of the programs, the preferred one first. */
  constructor(bus: Bus, clock: Clock, log: Logger, names: readonly string[]) {
    this.bus = bus;
    this.clock = clock;
    this.log = log;
    this.names = names;
  }

  wake(): void {
    this.wanted = true;
    if (this.asking || this.cancelTimer) return;
    this.asking = true;
    void this.round().then(() => {
      this.asking = false;
      if (!this.wanted) return;
      const wait = waits[Math.min(this.rounds++, waits.length - 1)] as number;
      this.cancelTimer = this.clock.setTimer(wait, () => {
        this.cancelTimer = undefined;
        this.wake();
      });
    });
  }

  /** One runs, or none is needed. */
  rest(): void {
    this.wanted = false;
    this.rounds = 0;
    this.complained = false;
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  close(): void {
    this.rest();
  }

  private async round(): Promise<void> {
    const faults: string[] = [];
    for (const name of this.names) {
      if (!this.wanted) return;
      try {
        return await this.bus.startService(name);
      } catch (error) {
        const { errorName, message } = error as BusError;
        faults.push(errorName === busErrorName.serviceUnknown ? `${name} is not installed` : `${name}: ${message}`);
      }
    }
    if (this.complained || !this.wanted) return;
    this.complained = true;
    this.log.warning(
      `Wi-Fi needs wpa_supplicant or iwd, and neither runs nor starts (${faults.join('; ')}); install or start one, still trying`,
    );
  }
}
