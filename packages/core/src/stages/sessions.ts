/** What sessions of clients do to services (ConnMan rule 190). */
import type { UserRoute } from '../events';
import { isConnected, isConnecting, mayAutoConnect } from '../model/service/service';
import { servicesOf, type Turn } from '../turn';
import { placeOf } from '../world';
import { connect, disconnect } from './lifecycle';

/**
 * Connects the first service that fits and that auto-connect might connect, unless one that fits is connected or on its way;
 * what else is connected does not keep it from it.
 */
export function sessionConnect(turn: Turn, bearers: readonly string[], allowedInterface: string): void {
  const { world } = turn;
  const linkName = (ifindex: number | undefined) => world.observed.links.get(ifindex ?? 0)?.name;
  const fitting = servicesOf(world).filter(
    (service) =>
      bearers.includes(service.type) &&
      (allowedInterface === '*' || linkName(placeOf(world, service)) === allowedInterface),
  );
  if (fitting.some(({ state }) => isConnected(state) || isConnecting(state))) return;
  const service = fitting.find((one) => mayAutoConnect(one) && one.error === '');
  if (service) connect(turn, service, 'session', []);
}

/** Disconnects what is connected for the sake of sessions alone. */
export function sessionDisconnect(turn: Turn, bearers: readonly string[]): void {
  for (const service of servicesOf(turn.world)) {
    if (service.connection?.reason !== 'session' || !bearers.includes(service.type)) continue;
    disconnect(turn, service, 'as no session needs it any more');
  }
}

/** Takes effect with the next look at the kernel's configuration, in this turn. */
export function routeUsers({ world }: Turn, users: readonly UserRoute[]): void {
  world.userRoutes = users;
  world.recent.links.add(0);
}
