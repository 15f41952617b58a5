/** What oFono says of the time of a network (its plug-in nettime), which writes the numbers of one key in several types. */
import type { Instant } from '@connman/base';
import type { Variant } from '@connman/dbus';
import type { NetworkTime } from './network-time';

/** What is older than this, by a clock that may have stood still meanwhile, is used for its zone alone. */
const freshSeconds = 60;

/** @param now since boot */
export function ofonoTime(time: ReadonlyMap<string, Variant>, now: Instant): NetworkTime | undefined {
  const utc = numberOf(time, 'UTC');
  const received = numberOf(time, 'Received');
  const ageSeconds = received === undefined ? 0 : Math.floor(now / 1000) - received;
  const isFresh = ageSeconds >= 0 && ageSeconds <= freshSeconds;
  const offsetSeconds = numberOf(time, 'Timezone');
  if (utc === undefined && offsetSeconds === undefined) return undefined;
  return {
    ...(utc !== undefined && isFresh && { seconds: utc + ageSeconds }),
    ...(offsetSeconds !== undefined && { offsetSeconds }),
    mobileCountryCode: time.get('MobileCountryCode')?.as('s') ?? '',
  };
}

function numberOf(time: ReadonlyMap<string, Variant>, name: string): number | undefined {
  const value = time.get(name);
  const number = value?.as('x') ?? value?.as('t') ?? value?.as('i') ?? value?.as('u');
  return number === undefined ? undefined : Number(number);
}
