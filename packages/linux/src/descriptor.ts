/** A descriptor that is watched on the event loop: opened, read, and closed once, however often it is asked to close. */
import { addon, type NativeWatch } from './addon';
import { must } from './calls';

export const READABLE = 1;
export const WRITABLE = 2;
/** An error condition; reading tells which. */
export const FAILED = 16;

/** Owns `fd`: when watching fails it is closed. Throws OsError. */
export class Descriptor {
  readonly fd: number;
  private readonly watch: NativeWatch;
  private open = true;

  constructor(fd: number, events: number, object: string, onEvents: (events: number) => void) {
    this.fd = fd;
    const native = addon();
    const watch = native.watchStart(fd, events, onEvents);
    if (typeof watch === 'number') {
      native.close(fd);
      must(watch, 'poll', object);
      throw new TypeError('a watch is never a positive number');
    }
    this.watch = watch;
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** READABLE, WRITABLE, both, or 0 for none. */
  wait(events: number): void {
    if (this.open) addon().watchSet(this.watch, events);
  }

  /** Whether waiting for this descriptor keeps the program running. */
  keepAlive(keep: boolean): void {
    if (this.open) addon().watchRef(this.watch, keep ? 1 : 0);
  }

  close(): void {
    if (this.endWatch()) addon().close(this.fd);
  }

  /** Closes without waiting until the kernel has done with it. */
  closeAside(): void {
    if (this.endWatch()) addon().closeAside(this.fd);
  }

  private endWatch(): boolean {
    if (!this.open) return false;
    this.open = false;
    addon().watchClose(this.watch);
    return true;
  }
}
