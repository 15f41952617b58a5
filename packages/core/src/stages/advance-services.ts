/** Stage: each service's states as Observed has them now, and what follows when it becomes ready or runs out of time. */

import { isOurs } from '../model/ipconfig/plan';
import { addressKey } from '../model/observed/keys';
import { addressesOf } from '../model/observed/tables';
import { contributionsOf, familyState, pendingIpv4, pendingIpv6 } from '../model/service/progress';
import { combineStates, isConnected, type Service, type ServiceState } from '../model/service/service';
import type { Turn } from '../turn';
import { connectTimeoutMs, disconnect, fail } from './lifecycle';

export function advanceServices(turn: Turn): void {
  for (const id of [...turn.world.services.keys()]) {
    // As it is now: one that became ready before it in this turn may have ended its connection.
    const service = turn.world.services.get(id);
    if (!service) continue;
    const next = withStates(turn, service);
    if (isConnected(next.state) && !isConnected(service.state)) becomeReady(turn, next);
    else if (hasTimedOut(turn, next)) {
      fail(turn, next, 'connect-failed', `not ready after ${connectTimeoutMs / 1000} s (${next.pending.join(', ')})`);
      refresh(turn, next.id);
    }
  }
}

/** After this stage itself has ended a connection: clients hear of it in this turn. */
function refresh(turn: Turn, id: string): void {
  const service = turn.world.services.get(id);
  if (service) withStates(turn, service);
}

/** The service with its states recomputed; the same object if nothing changed. */
function withStates(turn: Turn, service: Service): Service {
  const { observed } = turn.world;
  const { connection } = service;
  const reasons4 = pendingIpv4(service, observed);
  const reasons6 = pendingIpv6(service, observed);
  const leaving = service.leaving && hasOwnAddress(turn, service);
  const idle: ServiceState = leaving ? 'disconnect' : service.error && !connection ? 'failure' : 'idle';
  const ipv4State = connection ? familyState(reasons4, connection.online4) : idle;
  const ipv6State = connection ? familyState(reasons6, connection.online6) : idle;
  const state = combineStates(ipv4State, ipv6State);
  const pending = isConnected(state) || !connection ? [] : [...(reasons4 ?? []), ...(reasons6 ?? [])];
  const hasUplink = connection !== undefined && hasDefaultRoute(turn, service);
  if (
    service.ipv4State === ipv4State &&
    service.ipv6State === ipv6State &&
    service.leaving === leaving &&
    service.hasUplink === hasUplink &&
    service.pending.join() === pending.join()
  ) {
    return service;
  }
  if (service.state !== state) {
    turn.log('info', `${service.id}: ${state}${pending.length > 0 ? ` (${pending.join(', ')})` : ''}`);
  }
  // What is configured anew has to show anew that it reaches the internet.
  const online4 = connection?.online4 && isConnected(ipv4State);
  const online6 = connection?.online6 && isConnected(ipv6State);
  const shown = connection && { connection: { ...connection, online4: online4 ?? false, online6: online6 ?? false } };
  return turn.put({ ...service, ...shown, ipv4State, ipv6State, state, pending, leaving, hasUplink });
}

/** Rule 52. */
function becomeReady(turn: Turn, service: Service): void {
  const { connection } = service;
  if (!connection) return;
  turn.reply(connection.waiting, { ok: true });
  turn.store({
    ...service,
    error: '',
    failures: 0,
    settings: { ...service.settings, favorite: true, modified: turn.world.wall },
    connection: { ...connection, waiting: [], wasReady: true },
  });
  if (turn.world.config.singleConnectedTechnology) keepOne(turn, service);
}

/** Rule 92: the service that has become ready takes the place of every other one. */
function keepOne(turn: Turn, fresh: Service): void {
  for (const other of [...turn.world.services.values()]) {
    if (other.id === fresh.id || !isConnected(other.state)) continue;
    disconnect(turn, other, `because ${fresh.id} is connected (SingleConnectedTechnology)`);
    refresh(turn, other.id);
  }
}

function hasTimedOut(turn: Turn, service: Service): boolean {
  const { connection } = service;
  if (!connection || isConnected(service.state) || connection.wasReady) return false;
  return turn.world.now - connection.since >= connectTimeoutMs;
}

function hasOwnAddress(turn: Turn, service: Service): boolean {
  const { observed, adopted } = turn.world;
  for (const address of addressesOf(observed, service.ifindex)) {
    if (isOurs(address, addressKey(address), adopted)) return true;
  }
  return false;
}

function hasDefaultRoute(turn: Turn, service: Service): boolean {
  if (contributionsOf(service).some((one) => one.routes.some((route) => route.destination.length === 0))) return true;
  // The kernel's own, from a router advertisement.
  return [...turn.world.observed.routes.values()].some(
    (route) => route.family === 6 && route.ifindex === service.ifindex && route.destination.length === 0,
  );
}
