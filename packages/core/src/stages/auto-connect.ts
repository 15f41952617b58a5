/** Stage: connects what is to be connected without being asked (ConnMan rules 80, 85, 87 and 88). */

import type { Service } from '../model/service/service';
import type { Turn } from '../turn';
import { servicesOf } from '../turn';
import type { World } from '../world';
import { connect } from './lifecycle';

export function autoConnect(turn: Turn): void {
  const { world } = turn;
  const inOrder = new Set([...servicesOf(world), ...world.services.values()]);
  for (const service of inOrder) {
    if (!mayConnect(service)) continue;
    if (service.retryAt !== undefined && service.retryAt > world.now) continue;
    // A cable that is put in connects at once; what another one took the place of waits until that is gone.
    if (world.config.singleConnectedTechnology && !turn.arrivals.has(service.id) && isOneInUse(world)) continue;
    connect(turn, service, service.retriesAsUser ? 'user' : 'auto', []);
  }
}

function isOneInUse(world: World): boolean {
  return [...world.services.values()].some((service) => service.connection !== undefined);
}

/** Whether auto-connect has anything to do with the service, now or at its `retryAt`. */
export function mayConnect(service: Service): boolean {
  const { settings, ignore, connection, retriesAsUser } = service;
  if (connection || ignore) return false;
  if (!retriesAsUser && (!settings.favorite || !settings.autoConnect)) return false;
  return settings.ipv4.method !== 'off' || settings.ipv6.method !== 'off';
}
