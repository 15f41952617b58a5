/** The clock as the engine sees it: what the user set, what is known of the time, and what is to be done about it. */
import type { NtpEvent, NtpRequest } from '@connman/contracts';
import type { Outcome } from '../outcome';

export type Updates = 'auto' | 'manual';

/** What is stored; absent means the default. */
export interface ClockSettings {
  readonly timeUpdates?: Updates;
  readonly timezoneUpdates?: Updates;
  readonly timeservers?: readonly string[];
}

export interface ClockState {
  readonly timeUpdates: Updates;
  readonly timezoneUpdates: Updates;
  /** Asked after those of the service, before FallbackTimeservers. */
  readonly timeservers: readonly string[];
  /** As zoneinfo names it; undefined if it could not be determined. */
  readonly timezone: string | undefined;
  /** A time server's time was applied, on the connection of now. */
  readonly synced: boolean;
  /** The time last signalled to clients, in seconds since the epoch; undefined before the first time. */
  readonly announced: number | undefined;
}

/** A property of net.connman.Clock that a client set (rule 160). */
export type ClockSetting =
  /** Seconds since the epoch. */
  | { readonly name: 'Time'; readonly value: number }
  | { readonly name: 'TimeUpdates' | 'TimezoneUpdates'; readonly value: Updates }
  | { readonly name: 'Timezone'; readonly value: string }
  | { readonly name: 'Timeservers'; readonly value: readonly string[] };

/** What happened to the clock. */
export type ClockFact =
  | { readonly kind: 'ntp'; readonly event: NtpEvent }
  /** `country`: the one that the zone is of (ISO 3166-1), where radios are to follow it; empty if the zone is of none. */
  | { readonly kind: 'timezone'; readonly timezone?: string; readonly country?: string }
  /** A set-time or set-timezone was carried out, or could not be. */
  | { readonly kind: 'done'; readonly operation?: number; readonly outcome: Outcome };

export type ClockCommand =
  | { readonly kind: 'start'; readonly request: NtpRequest }
  | { readonly kind: 'stop' }
  /** Without an operation it is a network's: another program that keeps the clock right goes before it. */
  | { readonly kind: 'set-time'; readonly operation?: number; readonly seconds: number }
  | { readonly kind: 'set-timezone'; readonly operation?: number; readonly timezone: string };

export function clockOf({ timeUpdates, timezoneUpdates, timeservers }: ClockSettings): ClockState {
  return {
    timeUpdates: timeUpdates ?? 'auto',
    timezoneUpdates: timezoneUpdates ?? 'auto',
    timeservers: timeservers ?? [],
    ...{ timezone: undefined, synced: false, announced: undefined },
  };
}

export function clockSettingsOf({ timeUpdates, timezoneUpdates, timeservers }: ClockState): ClockSettings {
  return {
    ...(timeUpdates !== 'auto' && { timeUpdates }),
    ...(timezoneUpdates !== 'auto' && { timezoneUpdates }),
    ...(timeservers.length > 0 && { timeservers }),
  };
}
