/** Stage: each service's states as Observed has them now, and what follows when it becomes ready or runs out of time. */
import type { Family } from '@connman/inet';
import { type Connection, isUnheard } from '../model/service/connection';
import { connectTimeout, connectTimeoutMs } from '../model/service/deadlines';
import { isInUse } from '../model/service/order';
import { pendingOfFamily } from '../model/service/progress';
import {
  combineStates,
  type FamilyStatus,
  families,
  isConnected,
  pendingOf,
  perFamily,
  type Service,
  type ServiceState,
} from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import type { Moments, Turn } from '../turn';
import { recentServices, serviceOfLink, type World } from '../world';
import { hasDefaultRoute } from './default-route';
import { disconnect, timeOut } from './lifecycle';

export function advanceServices(turn: Turn): void {
  const { services, now } = turn.world;
  const recent = recentServices(turn.world).filter(({ type }) => !kindOf(type).isTunnel);
  // Tunnels last: how they are depends on what carries them.
  const concerned = [...recent, ...services.leaving.of('leaving'), ...tunnelsOf(turn.world)].map(({ id }) => id);
  for (const id of new Set([...concerned, ...services.connectTimeouts.due(now)])) {
    // As it is now: one that became ready before it in this turn may have ended its connection.
    const service = services.get(id);
    if (!service) continue;
    const next = withStates(turn, service);
    if (isConnected(next.state) && !isConnected(service.state)) becomeReady(turn, next);
    else if (hasTimedOut(turn, next)) {
      timeOut(turn, next, `not ready after ${connectTimeoutMs / 1000} s (${pendingOf(next).join(', ') || next.state})`);
      refresh(turn, next.id);
    }
  }
}

/** The connected ones and the recent ones. */
function tunnelsOf(world: World): Service[] {
  const recent = recentServices(world).filter(({ type }) => kindOf(type).isTunnel);
  return [...recent, ...world.services.tunnels.of('tunnel')];
}

/** After this stage itself has ended a connection: clients hear of it in this turn. */
function refresh(turn: Turn, id: string): void {
  const service = turn.world.services.get(id);
  if (service) withStates(turn, service);
}

/** The service with its states recomputed; the same object if nothing changed. */
function withStates(turn: Turn, service: Service): Service {
  const { world } = turn;
  const { connection } = service;
  if (!connection && !service.leaving && service.state === restState(service) && !service.hasUplink) return service;
  const leaving = service.leaving && stillLeaving(world, service.leaving);
  const idle = leaving ? 'disconnect' : restState(service);
  const statuses = perFamily((family) => statusOf(turn, service, family, idle));
  const state = combineStates(statuses[4].state, statuses[6].state);
  const shown = isConnected(state) ? perFamily((family) => ({ ...statuses[family], pending: [] })) : statuses;
  const hasUplink = connection !== undefined && families.some((family) => hasDefaultRoute(world, service, family));
  const isSame =
    families.every((family) => isSameStatus(service.families[family], shown[family])) &&
    service.leaving?.join() === leaving?.join() &&
    service.hasUplink === hasUplink;
  if (isSame) return service;
  if (service.state !== state) {
    const pending = pendingOf({ ...service, families: shown });
    turn.log('info', `${service.id}: ${state}${pending.length > 0 ? ` (${pending.join(', ')})` : ''}`);
  }
  // A family that is configured again has to show again that it reaches the internet.
  const online = perFamily((family) => connection?.online[family] === true && isConnected(shown[family].state));
  const { leaving: _, ...rest } = service;
  return turn.put({
    ...rest,
    ...(connection && { connection: { ...connection, online } }),
    ...(leaving && { leaving }),
    families: shown,
    state,
    hasUplink,
  });
}

/** Of a service that is not connected and has left nothing behind. */
function restState({ error, connection }: Service): ServiceState {
  return error && (!connection || connection.asking) ? 'failure' : 'idle';
}

function statusOf({ world }: Turn, service: Service, family: Family, idle: ServiceState): FamilyStatus {
  const { connection, settings } = service;
  const method = family === 4 ? settings.ipv4.method : settings.ipv6.method;
  if (!connection || connection.asking || method === 'off') return { state: idle, pending: [] };
  // What is not heard cannot be joined: it is idle until it is heard again, however long that takes.
  if (!connection.link) return { state: isOutOfSight(world, connection) ? idle : 'association', pending: [] };
  const pending = pendingOfFamily(service, family, world.observed);
  if (!pending) return { state: idle, pending: [] };
  if (kindOf(service.type).isTunnel && !isCarried(world)) return { state: 'configuration', pending: ['no-uplink'] };
  if (pending.length > 0) return { state: 'configuration', pending };
  return { state: connection.online[family] ? 'online' : 'ready', pending };
}

function isOutOfSight({ networks }: World, connection: Connection): boolean {
  const network = networks.get(connection.network);
  return network !== undefined && isUnheard(connection, network);
}

/** There is something that tunnels go through. */
function isCarried({ services: { byPhase } }: World): boolean {
  return byPhase.of('joined').some((service) => {
    const { isTunnel, isPeer } = kindOf(service.type);
    return !isTunnel && !isPeer && isInUse(service);
  });
}

function isSameStatus(a: FamilyStatus, b: FamilyStatus): boolean {
  return a.state === b.state && a.pending.join() === b.pending.join();
}

/** Those of the addresses that are still to go; a link that another service has taken over is its own concern. */
function stillLeaving(world: World, keys: readonly string[]): readonly string[] | undefined {
  const left = keys.filter((key) => {
    const own = world.observed.addresses.get(key);
    return own !== undefined && !serviceOfLink(world, own.ifindex);
  });
  return left.length > 0 ? left : undefined;
}

/** Rule 52. */
function becomeReady(turn: Turn, service: Service): void {
  const { world } = turn;
  const { connection, settings } = service;
  if (!connection) return;
  turn.reply(connection.waiting, { ok: true });
  const { isRestoring: _, ...rest } = connection;
  const frequency = world.networks.get(connection.network)?.wifi?.frequency;
  turn.store({
    ...service,
    error: '',
    failures: 0,
    settings: {
      ...settings,
      favorite: true,
      modified: world.wall,
      ...(frequency && { access: { ...settings.access, frequency } }),
    },
    connection: { ...rest, waiting: [], wasReady: true },
  });
  if (world.config.singleConnectedTechnology && kindOf(service.type).countsForSingleConnected) keepOne(turn, service);
}

/** Rule 92: the service that has become ready takes the place of every other one. */
function keepOne(turn: Turn, fresh: Service): void {
  const { connected } = turn.world.services;
  for (const other of connected.names().flatMap((type) => connected.of(type))) {
    if (other.id === fresh.id || kindOf(other.type).isPeer) continue;
    disconnect(turn, other, `because ${fresh.id} is connected (SingleConnectedTechnology)`);
    refresh(turn, other.id);
  }
}

function hasTimedOut({ world }: Turn, service: Service): boolean {
  const end = connectTimeout(service);
  return end !== undefined && end <= world.now;
}

export function connectDeadlines({ services, now }: World): Moments {
  return [services.connectTimeouts.next(now)];
}
