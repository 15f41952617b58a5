/** The clock as the bus shows it: the properties of net.connman.Clock. `Time` is the one last signalled. */
import { bool, str, strings, uint64, type Variant } from '@connman/dbus';
import type { ClockState } from './clock';

export function clockProperties(clock: ClockState): Map<string, Variant> {
  const properties = new Map<string, Variant>();
  if (clock.announced !== undefined) properties.set('Time', uint64(BigInt(clock.announced)));
  properties.set('TimeUpdates', str(clock.timeUpdates));
  if (clock.timezone !== undefined) properties.set('Timezone', str(clock.timezone));
  properties.set('TimezoneUpdates', str(clock.timezoneUpdates));
  properties.set('Timeservers', strings(clock.timeservers));
  properties.set('TimeserverSynced', bool(clock.synced));
  return properties;
}
