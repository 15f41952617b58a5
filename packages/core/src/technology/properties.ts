/** A technology as the bus shows it: the properties of net.connman.Technology. */
import { bool, int32, str, type Variant } from '@connman/dbus';
import { isConnected } from '../service/service';
import type { World } from '../world';

export function technologyProperties(world: World): Map<string, Variant> {
  const { technology } = world;
  const connected = [...world.services.values()].some(
    (service) => service.type === technology.type && isConnected(service.state),
  );
  return new Map([
    ['Name', str(technology.name)],
    ['Type', str(technology.type)],
    ['Powered', bool(technology.powered)],
    ['Connected', bool(connected)],
    ['Tethering', bool(false)],
    ['TetheringFreq', int32(technology.tetheringFreq)],
  ]);
}
