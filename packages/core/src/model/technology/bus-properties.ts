/** A technology as the bus shows it: the properties of net.connman.Technology. */
import { bool, int32, str, type Variant } from '@connman/dbus';
import { isConnected, type Service } from '../service/service';
import type { Technology } from './technology';

export function technologyProperties(technology: Technology, services: Iterable<Service>): Map<string, Variant> {
  const connected = [...services].some((service) => service.type === technology.type && isConnected(service.state));
  return new Map([
    ['Name', str(technology.name)],
    ['Type', str(technology.type)],
    ['Powered', bool(technology.powered)],
    ['Connected', bool(connected)],
    ['Tethering', bool(false)],
    ['TetheringFreq', int32(technology.tetheringFreq)],
  ]);
}
