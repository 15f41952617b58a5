/** The manager as the bus shows it: the properties of net.connman.Manager (ConnMan rule 21). */
import { bool, str, type Variant } from '@connman/dbus';
import type { ServiceTable } from '../service/service-table';

export interface ManagerView {
  readonly services: ServiceTable;
  readonly offlineMode: boolean;
  readonly sessionMode: boolean;
}

export function managerState(world: ManagerView): 'online' | 'ready' | 'offline' | 'idle' {
  const { byState } = world.services;
  if (byState.size('online') > 0) return 'online';
  if (byState.size('ready') > 0) return 'ready';
  return world.offlineMode ? 'offline' : 'idle';
}

export function managerProperties(world: ManagerView): Map<string, Variant> {
  return new Map([
    ['State', str(managerState(world))],
    ['OfflineMode', bool(world.offlineMode)],
    ['SessionMode', bool(world.sessionMode)],
  ]);
}
