/** Carries out what the engine wants of the clock: the NTP component, the wall clock, the time zone. */

import path from 'node:path';
import { type Logger, OsError } from '@connman/base';
import { errnoError, type NtpComponent } from '@connman/contracts';
import type { Clock, Files, FolderWatchPort, SystemClock } from '@connman/ports';
import type { ClockCommand, ClockFact } from '../../model/clock/clock';
import type { Outcome } from '../../model/outcome';
import { countryOf } from './country';
import { hintedZone, isZone, searchedZone, setZone } from './timezone';

export interface TimekeeperOptions {
  readonly clock: Clock;
  readonly systemClock: SystemClock;
  readonly files: Files;
  readonly folders: FolderWatchPort;
  readonly log: Logger;
  /** Localtime of main.conf. */
  readonly localtime: string;
  /** RegdomFollowsTimezone: the country of the zone is told with it. */
  readonly namesCountry: boolean;
  /** Makes the component when it is first wanted; undefined if it is not in this installation. */
  readonly loadNtp: () => NtpComponent | undefined;
  readonly dispatch: (fact: ClockFact) => void;
}

/** A copy in place of a link is compared with all zones: that waits until the start is over. */
const searchDelayMs = 3000;

export class Timekeeper {
  private readonly options: TimekeeperOptions;
  private ntp: NtpComponent | undefined;
  private ntpLoaded = false;
  private zone: string | undefined;
  private cancelSearch = () => {};
  private endWatch: (() => void) | undefined;

  constructor(options: TimekeeperOptions) {
    this.options = options;
  }

  start(): void {
    const { folders, localtime } = this.options;
    this.followZone();
    this.endWatch = folders.watch(path.dirname(localtime), () => this.followZone());
  }

  carryOut(command: ClockCommand): void {
    switch (command.kind) {
      case 'start':
        return this.component()?.start(command.request);
      case 'stop':
        return this.ntp?.stop();
      case 'set-time':
        return this.setTime(command.operation, command.seconds);
      case 'set-timezone':
        return this.setZone(command.operation, command.timezone);
    }
  }

  close(): void {
    this.cancelSearch();
    this.endWatch?.();
  }

  private component(): NtpComponent | undefined {
    if (this.ntpLoaded) return this.ntp;
    this.ntpLoaded = true;
    const { loadNtp, dispatch, log } = this.options;
    this.ntp = loadNtp();
    if (!this.ntp) log.info('time servers are not queried: the part "ntp" is not installed');
    this.ntp?.onEvent((event) => dispatch({ kind: 'ntp', event }));
    return this.ntp;
  }

  private setTime(operation: number | undefined, seconds: number): void {
    const { systemClock, log } = this.options;
    if (operation === undefined) {
      if (systemClock.status().disciplinedBy !== 'nobody') return;
      log.info('the clock is set by the cellular network, until a time server is reached');
    }
    this.attempt(operation, () => systemClock.set(seconds * 1000));
  }

  private setZone(operation: number | undefined, name: string): void {
    const { files, localtime, dispatch, log } = this.options;
    if (!isZone(files, name))
      return dispatch({ ...ofOperation(operation), kind: 'done', outcome: { ok: false, error: 'InvalidArguments' } });
    if (operation === undefined)
      log.info(`the time zone is ${name}, by the cellular network; TimezoneUpdates "manual" keeps it as it is`);
    this.attempt(operation, () => {
      setZone(files, localtime, name);
      this.tellZone(name);
    });
  }

  private attempt(operation: number | undefined, action: () => void): void {
    const { dispatch, log } = this.options;
    let outcome: Outcome = { ok: true };
    try {
      action();
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      log.error(error.message);
      outcome = { ok: false, error: 'Failed', text: errnoError(error.code).message };
    }
    dispatch({ ...ofOperation(operation), kind: 'done', outcome });
  }

  private followZone(): void {
    const { clock, files, localtime } = this.options;
    this.cancelSearch();
    const hinted = hintedZone(files, localtime);
    if (hinted !== undefined || files.status(localtime)?.kind !== 'file') return this.tellZone(hinted);
    this.cancelSearch = clock.setTimer(searchDelayMs, () => this.tellZone(searchedZone(files, localtime)));
  }

  private tellZone(zone: string | undefined): void {
    if (zone === this.zone) return;
    this.zone = zone;
    const { files, namesCountry, dispatch } = this.options;
    dispatch({
      kind: 'timezone',
      ...(zone !== undefined && { timezone: zone }),
      ...(namesCountry && { country: countryOf(files, zone) }),
    });
  }
}

const ofOperation = (operation: number | undefined) => (operation === undefined ? {} : { operation });
