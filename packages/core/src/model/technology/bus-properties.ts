/** A technology as the bus shows it: the properties of net.connman.Technology. */
import { bool, int32, str, type Variant } from '@connman/dbus';
import type { Technology } from './technology';

export function technologyProperties(
  technology: Technology,
  connected: boolean,
  isShared: boolean,
): Map<string, Variant> {
  return new Map([
    ['Name', str(technology.name)],
    ['Type', str(technology.type)],
    ['Powered', bool(technology.powered)],
    ['Connected', bool(connected)],
    ['Tethering', bool(isShared)],
    ['TetheringFreq', int32(technology.tetheringFreq)],
  ]);
}
