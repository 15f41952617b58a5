/**
 * Scans that go on while the connection is broken. Back ends look for a better access point on all channels, which takes up to a
 * minute where the radio returns to its own channel in between (mac80211's software scan), and meanwhile it does not hear that
 * its access point sent it away. Where frames get lost during a scan, the scan is ended: what is wrong shows at once.
 */
import type { Logger } from '@connman/base';
import type { Clock } from '@connman/ports';
import type { AirEvent } from './air';
import type { Ears } from './ears';

/** Radios whose firmware scans have finished by then. */
const patienceMs = 5000;

interface Scan {
  readonly begun: number;
  cancel?: () => void;
}

export class LongScans {
  private readonly clock: Clock;
  private readonly ears: Pick<Ears, 'abortScan'>;
  private readonly log: Logger;
  private readonly scans = new Map<number, Scan>();

  constructor(clock: Clock, ears: Pick<Ears, 'abortScan'>, log: Logger) {
    this.clock = clock;
    this.ears = ears;
    this.log = log;
  }

  heard({ kind, ifindex }: AirEvent): void {
    if (kind === 'scanning' || kind === 'scanned') this.end(ifindex);
    if (kind === 'scanning') this.scans.set(ifindex, { begun: this.clock.now() });
    else if (kind === 'unacknowledged') this.framesLost(ifindex);
  }

  close(): void {
    for (const ifindex of [...this.scans.keys()]) this.end(ifindex);
  }

  private framesLost(ifindex: number): void {
    const scan = this.scans.get(ifindex);
    if (!scan || scan.cancel) return;
    const left = Math.max(0, scan.begun + patienceMs - this.clock.now());
    scan.cancel = this.clock.setTimer(left, () => {
      this.end(ifindex);
      this.log.debug(`link ${ifindex}: frames are lost during a long scan; ended the scan`);
      this.ears.abortScan(ifindex);
    });
  }

  private end(ifindex: number): void {
    this.scans.get(ifindex)?.cancel?.();
    this.scans.delete(ifindex);
  }
}
