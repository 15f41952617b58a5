/**
 * Scans of a device behind iwd. iwd scans all channels or none, so connmand's scans are started in the kernel. What they find
 * iwd takes over by itself while it looks for networks; where it does not, it is asked for a scan of its own.
 */
import type { IwdDevice } from './device';

export const scanMs = 20_000;
/** How long iwd may take to have what the kernel heard. */
const catchUpMs = 300;
/** How often a scan that is in the way is ended before ours is given up. */
const maxAborts = 3;

interface Scan {
  readonly ssids: readonly string[];
  readonly frequencies: readonly number[];
}

export class IwdScans {
  private readonly device: IwdDevice;
  /** connmand waits for the end. */
  private isAwaited = false;
  /** iwd was asked for the scan that is under way. */
  private isByIwd = false;
  private current: Scan | undefined;
  private next: Scan | undefined;
  private aborts = 0;

  constructor(device: IwdDevice) {
    this.device = device;
  }

  begin(ssids: readonly string[], frequencies: readonly number[]): void {
    if (this.isAwaited) return;
    this.isAwaited = true;
    this.device.setTimer('scan', scanMs);
    if (frequencies.length === 0) this.letIwdScan();
    else this.start({ ssids, frequencies });
  }

  /** On the way back into a network: what ends comes as `heard`. */
  look(frequencies: readonly number[]): void {
    if (frequencies.length > 0) this.start({ ssids: [], frequencies });
  }

  stop(): void {
    if (this.isAwaited) this.device.perform({ kind: 'abort-scan' });
    this.giveUp();
  }

  private giveUp(): void {
    this.isByIwd = false;
    this.end(false);
  }

  /** The kernel did not begin the scan. */
  refused(answer: 'busy' | 'refused'): void {
    const { current } = this;
    if (!current) return;
    if (answer === 'refused') {
      this.current = undefined;
      return this.letIwdScan();
    }
    // The end of the one that iwd was asked for serves as well; its own ones are of all channels, for many seconds.
    if (this.isByIwd) return;
    this.next = current;
    // iwd looks for encrypted twins at once, or takes the open networks for all there is.
    if (this.device.sight.hasTwins()) return;
    if (this.aborts >= maxAborts) return this.end(false);
    this.aborts++;
    this.device.perform({ kind: 'abort-scan' });
  }

  /** A scan has ended in the kernel. */
  ended(ok: boolean): void {
    const { next, current } = this;
    this.next = undefined;
    if (next) return this.start(next);
    this.current = undefined;
    if (this.isByIwd) return;
    this.end(ok);
    if (ok && current) this.device.setTimer('catch-up', catchUpMs);
  }

  endedByIwd(): void {
    if (!this.isByIwd) return;
    this.isByIwd = false;
    this.end(true);
  }

  /** The answer to connmand. */
  end(ok: boolean): void {
    const { device } = this;
    this.next = undefined;
    this.current = undefined;
    this.aborts = 0;
    if (!this.isAwaited) return;
    this.isAwaited = false;
    device.cancel('scan');
    device.emit({ kind: 'scan-done', device: device.link.id, ok });
  }

  timer(timer: 'scan' | 'catch-up'): void {
    if (timer === 'scan') return this.giveUp();
    if (!this.isByIwd && this.device.sight.hasNews()) this.letIwdScan();
  }

  /** A scan of all channels by iwd, which has what it finds. */
  private letIwdScan(): void {
    if (this.isByIwd) return;
    this.isByIwd = true;
    const { device } = this;
    device.ask({ method: 'scan' }, (answer) => {
      // Busy: it scans by itself, and the end of that serves as well.
      if (answer.kind === 'answered' || answer.error.endsWith('.InProgress')) return;
      device.log('debug', `${device.link.name}: scan refused: ${answer.text}`);
      this.isByIwd = false;
      this.end(false);
    });
  }

  private start(scan: Scan): void {
    this.current = scan;
    this.device.perform({ kind: 'scan', ...scan });
  }
}
