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
/** Of many services that changed at once so many are written in a row: others who wait for the program are served in between. */
const servicesInARow = 16;
const pauseMs = 1;

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

  /** Writes what is unsaved of these, `globalName` among them, or of all. */
  flush(names: Iterable<string> = [...this.services.keys(), globalName]): void {
    for (const name of names) this.write(name);
    if (this.hasUnsaved) return;
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  private flushInTurns(): void {
    this.cancelTimer = undefined;
    this.flush([...[...this.services.keys()].slice(0, servicesInARow), globalName]);
    if (this.hasUnsaved) this.cancelTimer = this.clock.setTimer(pauseMs, () => this.flushInTurns());
  }

  private write(name: string): void {
    const service = this.services.get(name);
    if (service) {
      this.services.delete(name);
      this.note(name, this.writer.writeService(service));
    } else if (name === globalName && this.global) {
      const { global } = this;
      this.global = undefined;
      this.note(name, this.writer.writeGlobal(global));
    }
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
    this.cancelTimer ??= this.clock.setTimer(gatherMs, () => this.flushInTurns());
  }
}
