/** Stage: radios keep to the rules of the country that the time zone is of, if RegdomFollowsTimezone says so (rule 48). */
import { kindOf } from '../model/technology/kinds';
import type { Turn } from '../turn';

export function followCountry(turn: Turn): void {
  const { devices, handedOut, country } = turn.world;
  for (const driver of devices.byDriver.names()) {
    const key = countryKey(driver);
    const type = devices.byDriver.first(driver)?.type;
    if (!type || !kindOf(type).isRegulated || (handedOut.get(key) ?? '') === country) continue;
    handedOut.set(key, country);
    turn.emit({ kind: 'technology', driver, command: { kind: 'set-country', country } });
  }
}

/** A driver that begins again knows nothing of it. */
export function forgetCountry({ world }: Turn, driver: string): void {
  world.handedOut.delete(countryKey(driver));
}

const countryKey = (driver: string): string => `country of ${driver}`;
