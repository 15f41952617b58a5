/** Has the bus start a back end when a radio needs one and none runs; never a second one. */
import type { Logger } from '@connman/base';
import { type Bus, type BusError, busErrorName } from '@connman/dbus';
import type { Clock } from '@connman/ports';

/** Milliseconds between rounds; the last one goes on. */
const waits = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000] as const;

export interface StarterOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the programs on the bus, the preferred one first. */
  readonly names: readonly string[];
  /** For the log: 'Wi-Fi needs wpa_supplicant or iwd, and neither runs nor starts'. */
  readonly need: string;
}

export class Starter {
  private readonly options: StarterOptions;
  private rounds = 0;
  private wanted = false;
  private asking = false;
  private cancelTimer: (() => void) | undefined;
  private complained = false;

  constructor(options: StarterOptions) {
    this.options = options;
  }

  wake(): void {
    this.wanted = true;
    if (this.asking || this.cancelTimer) return;
    this.asking = true;
    void this.round().then(() => {
      this.asking = false;
      if (!this.wanted) return;
      const wait = waits[Math.min(this.rounds++, waits.length - 1)] as number;
      this.cancelTimer = this.options.clock.setTimer(wait, () => {
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
    const { bus, log, names, need } = this.options;
    const faults: string[] = [];
    for (const name of names) {
      if (!this.wanted) return;
      try {
        return await bus.startService(name);
      } catch (error) {
        const { errorName, message } = error as BusError;
        faults.push(errorName === busErrorName.serviceUnknown ? `${name} is not installed` : `${name}: ${message}`);
      }
    }
    if (this.complained || !this.wanted) return;
    this.complained = true;
    log.warning(`${need} (${faults.join('; ')}); install or start one, still trying`);
  }
}
