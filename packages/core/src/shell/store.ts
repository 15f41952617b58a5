/** Settings on their way to disk: gathered, so that a service that changes three times in a moment is written once. */
import type { Clock } from '@connman/ports';
import type { Service } from '../model/service/service';
import type { GlobalSettings } from '../model/technology/stored-settings';

export interface StoreWriter {
  /** Both replace the file at once and throw nothing; the fault, which is logged already, if it cannot be done. */
  writeService(service: Service): string | undefined;
  writeGlobal(settings: GlobalSettings): string | undefined;
  forgetService(id: string): void;
}

/** Names the global settings where services are named by their identifiers. */
export const globalName = 'settings';

/** Long enough that the write does not stand in the way of a connection coming up, short enough to lose little. */
const gatherMs = 100;

export class Store {
  private readonly writer: StoreWriter;
  private readonly clock: Clock;
  private readonly services = new Map<string, Service>();
  private global: GlobalSettings | undefined;
  private readonly faults = new Map<string, string>();
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
    for (const service of this.services.values()) this.note(service.id, this.writer.writeService(service));
    this.services.clear();
    if (this.global) this.note(globalName, this.writer.writeGlobal(this.global));
    this.global = undefined;
  }

  /** Why the last attempt to write the service, or `globalName`, has failed. */
  faultOf(name: string): string | undefined {
    return this.faults.get(name);
  }

  private note(name: string, fault: string | undefined): void {
    if (fault === undefined) this.faults.delete(name);
    else this.faults.set(name, fault);
  }

  private flushSoon(): void {
    this.cancelTimer ??= this.clock.setTimer(gatherMs, () => this.flush());
  }
}
