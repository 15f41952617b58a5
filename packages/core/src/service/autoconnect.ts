/** Stage: connects what is to be connected without being asked (ConnMan rules 80 and 87). */
import type { Turn } from '../turn';
import { servicesOf } from '../turn';
import type { World } from '../world';
import { connect } from './lifecycle';
import { isConnected, type Service } from './service';

export function autoConnect(turn: Turn): void {
  const { world } = turn;
  for (const service of [...world.services.values()]) {
    if (!mayConnect(service)) continue;
    if (service.retryAt !== undefined && service.retryAt > world.now) continue;
    if (world.config.singleConnectedTechnology && isTaken(world, service)) continue;
    connect(turn, service, 'auto', []);
  }
}

/** Whether another service is the one connection already; an address of RFC 3927 alone does not count. */
function isTaken(world: World, service: Service): boolean {
  return servicesOf(world).some((other) => other.id !== service.id && isConnected(other.state) && other.hasUplink);
}

/** Whether auto-connect has anything to do with the service, now or at its `retryAt`. */
export function mayConnect(service: Service): boolean {
  const { settings, ignore, connection } = service;
  if (connection || ignore || !settings.favorite || !settings.autoConnect) return false;
  return settings.ipv4.method !== 'off' || settings.ipv6.method !== 'off';
}
