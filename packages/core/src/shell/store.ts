/** Settings on their way to disk: gathered, so that a service that changes three times in a moment is written once. */
import type { Clock } from '@connman/ports';
import type { Service } from '../model/service/service';
import type { GlobalSettings } from '../model/technology/stored-settings';

export interface StoreWriter {
  /** Both replace the file at once and may throw nothing: a fault is theirs to log. */
  writeService(service: Service): void;
  writeGlobal(settings: GlobalSettings): void;
  forgetService(id: string): void;
}

/** Long enough that the write does not stand in the way of a connection coming up, short enough to lose little. */
const gatherMs = 100;

export class Store {
  private readonly writer: StoreWriter;
  private readonly clock: Clock;
  private readonly services = new Map<string, Service>();
  private global: GlobalSettings | undefined;
  private cancelTimer: (() => void) | undefined;

  constructor(writer: StoreWriter, clock: Clock) {
    this.writer = writer;
    this.clock = clock;
  }

  saveService(service: Service): void {
    this.services.set(service.id, service);
    this.flushSoon();
  }

  forgetService(id: string): void {
    this.services.delete(id);
    this.writer.forgetService(id);
  }

  saveGlobal(settings: GlobalSettings): void {
    this.global = settings;
    this.flushSoon();
  }

  get hasUnsaved(): boolean {
    return this.global !== undefined || this.services.size > 0;
  }

  flush(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    for (const service of this.services.values()) this.writer.writeService(service);
    this.services.clear();
    if (this.global) this.writer.writeGlobal(this.global);
    this.global = undefined;
  }

  private flushSoon(): void {
    this.cancelTimer ??= this.clock.setTimer(gatherMs, () => this.flush());
  }
}
