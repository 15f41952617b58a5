/** The manager as the bus shows it: the properties of net.connman.Manager (ConnMan rule 21). */
import { bool, str, type Variant } from '@connman/dbus';
import { isConnected, type Service } from '../service/service';

export interface ManagerView {
  readonly services: ReadonlyMap<string, Service>;
  readonly offlineMode: boolean;
  readonly sessionMode: boolean;
}

export function managerState(world: ManagerView): 'online' | 'ready' | 'offline' | 'idle' {
  const states = [...world.services.values()].map((service) => service.state);
  if (states.includes('online')) return 'online';
  if (states.some(isConnected)) return 'ready';
  return world.offlineMode ? 'offline' : 'idle';
}

export function managerProperties(world: ManagerView): Map<string, Variant> {
  return new Map([
    ['State', str(managerState(world))],
    ['OfflineMode', bool(world.offlineMode)],
    ['SessionMode', bool(world.sessionMode)],
  ]);
}
