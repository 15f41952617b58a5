/** The time that a network sends to its modems (NITZ, 3GPP TS 22.042), and the zones that it can mean. */
import type { DeviceId, TechnologyEvent } from '@connman/contracts';
import type { Files } from '@connman/ports';
import { countryOfNetwork } from './countries';

export interface NetworkTime {
  /** Seconds since the epoch, now; absent where the network told the zone alone. */
  readonly seconds?: number;
  /** Seconds east of UTC, summer time included. */
  readonly offsetSeconds?: number;
  /** The first three digits of the network's code; empty if not known. */
  readonly mobileCountryCode: string;
}

const zoneTable = '/usr/share/zoneinfo/zone.tab';

/** @param wall milliseconds since the epoch: summer time is looked up for this moment where the network does not tell it. */
export function networkTimeEvent(
  device: DeviceId,
  { seconds, offsetSeconds, mobileCountryCode }: NetworkTime,
  files: Pick<Files, 'read'>,
  wall: number,
): TechnologyEvent {
  const at = seconds === undefined ? wall : seconds * 1000;
  const timezones = offsetSeconds === undefined ? [] : zonesOf(offsetSeconds, mobileCountryCode, files, at);
  return { kind: 'network-time', device, ...(seconds !== undefined && { seconds }), timezones };
}

/**
 * Zones with this offset at that moment, the likeliest first: those of the country; the one that is nothing but the offset; those of
 * other countries, so that a zone of the user's with the same time is among them.
 */
function zonesOf(offset: number, code: string, files: Pick<Files, 'read'>, at: number): string[] {
  const country = countryOfNetwork(code);
  const own: string[] = [];
  const others: string[] = [];
  for (const line of (files.read(zoneTable) ?? '').split('\n')) {
    const [place = '', , zone] = line.split('\t');
    if (zone === undefined || place.startsWith('#') || offsetOf(zone, at) !== offset) continue;
    (place === country ? own : others).push(zone);
  }
  const hours = offset / 3600;
  // POSIX counts hours west of UTC.
  const plain = Number.isInteger(hours)
    ? [hours === 0 ? 'Etc/UTC' : `Etc/GMT${hours < 0 ? '+' : '-'}${Math.abs(hours)}`]
    : [];
  return [...own, ...plain, ...others];
}

/** Seconds east of UTC; undefined for a zone that is not known. */
function offsetOf(timeZone: string, at: number): number | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    const text = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d+):(\d+))?$/.exec(text) ?? [undefined, undefined];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
  } catch {
    return undefined;
  }
}
