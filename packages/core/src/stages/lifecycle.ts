/** How a service comes and goes: what Connect, Disconnect, a failure and a lost network do to it. */
import { after } from '@connman/base';
import type { DeviceId } from '@connman/contracts';
import { isOurs } from '../model/ipconfig/plan';
import type { Network } from '../model/network/network';
import { addressKey } from '../model/observed/keys';
import { addressesOf } from '../model/observed/tables';
import { type Connection, newConnection, withoutLink } from '../model/service/connection';
import { isConnected, isConnecting, linkOf, type Service, type ServiceError } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import type { Turn } from '../turn';
import type { World } from '../world';
import { unlock } from './guard-tunnels';

/** After a failure that was not the user's, auto-connect tries again; the wait doubles up to the longest of its kind. */
const firstRetryMs = 2_000;
/** Of an account that the server refuses: many lock one that is tried too often. */
const longestLoginPauseMs = 300_000;

/** Service.Connect (rules 55 to 58). */
export function userConnect(turn: Turn, service: Service, operation: number, caller: string | undefined): void {
  if (isConnected(service.state)) {
    turn.reply([operation], { ok: false, error: 'AlreadyConnected' });
  } else if (isConnecting(service.state) || (service.connection?.waiting.length ?? 0) > 0) {
    turn.reply([operation], { ok: false, error: 'InProgress' });
  } else if (service.settings.ipv4.method === 'off' && service.settings.ipv6.method === 'off') {
    const reason = `IPv4 and IPv6 are both off: connmanctl config ${service.id} --ipv4 dhcp`;
    turn.reply([operation], { ok: false, error: 'NoCarrier', reason });
  } else {
    connect(turn, { ...service, ignore: false, failures: 0 }, 'user', [operation], caller);
  }
}

/** Takes the device from another service that has it, where a device is in one network at a time (rule 57). */
export function connect(
  turn: Turn,
  service: Service,
  reason: Connection['reason'],
  waiting: readonly number[],
  caller?: string,
): void {
  const { world } = turn;
  const found = networkFor(world, service);
  if (!found) return turn.reply(waiting, { ok: false, error: 'NoCarrier', reason: 'none of its networks is in range' });
  const { id: network, device } = found;
  const other = occupantOf(world, service, device);
  if (other) disconnect(turn, other, `as ${service.id} takes its device`);
  const { retryAt: _, retriesAsUser: __, leaving: ___, connection: ____, ...rest } = service;
  turn.put({
    ...rest,
    error: '',
    connection: newConnection({
      ...{ reason, since: world.now, waiting, network, device },
      ...(caller !== undefined && { caller }),
    }),
  });
  turn.log('info', `${service.id}: connecting${reason === 'user' ? ' as the user asked' : ''}`);
}

/** The network to go by: one that is up already, one whose device is free, else the strongest. */
function networkFor(world: World, service: Service): Network | undefined {
  const rated = service.networks.flatMap((id) => {
    const network = world.networks.get(id);
    if (!network) return [];
    const isFree = occupantOf(world, service, network.device) === undefined;
    const rating = Number(network.link.kind === 'up') * 400 + Number(isFree) * 200 + (network.strength ?? 0);
    return { network, rating };
  });
  // The first of equals: the one that came first.
  rated.sort((a, b) => b.rating - a.rating);
  return rated[0]?.network;
}

/** The other service that would have to leave the device for this one. */
export function occupantOf(world: World, service: Service, device: DeviceId): Service | undefined {
  if (!kindOf(service.type).onePerDevice) return undefined;
  return world.services.byDevice.of(device).find((other) => other.id !== service.id);
}

/** The agent's user wants it tried again (rule 54): at once, but an agent that says so each time waits as auto-connect does. */
export function retry(turn: Turn, service: Service): void {
  if (service.connection) return;
  const isTooSoon = service.failures > 1 && service.retryAt !== undefined && service.retryAt > turn.world.now;
  if (isTooSoon) turn.put({ ...service, retriesAsUser: true });
  else connect(turn, service, 'user', []);
}

/** Service.Disconnect (rules 53 and 66). */
export function userDisconnect(turn: Turn, service: Service, operation: number): void {
  const wasLocked = turn.world.locks.has(service.id);
  unlock(turn, service.id);
  const { isLocked: _, ...rest } = service;
  if (!service.connection && !wasLocked) {
    turn.reply([operation], { ok: false, error: 'NotConnected' });
    return;
  }
  disconnect(turn, { ...rest, ignore: true }, 'as the user asked');
  turn.reply([operation], { ok: true });
}

/** Lets go of the network: the addresses go with the next plan, the lease is given back. */
export function disconnect(turn: Turn, service: Service, why: string): Service {
  const { connection, ...rest } = service;
  if (!connection) return turn.put(service);
  turn.reply(connection.waiting, { ok: false, error: 'OperationAborted' });
  if (connection.asking) turn.cancelAsks(service.id);
  turn.log('info', `${service.id}: disconnecting ${why}`);
  return turn.put({ ...rest, leaving: ownAddresses(turn.world, service) });
}

/** Keys of our addresses on the service's link, which are to go with it. */
function ownAddresses({ observed, adopted }: World, service: Service): string[] {
  const ifindex = linkOf(service);
  if (ifindex === undefined) return [];
  const keys: string[] = [];
  for (const own of addressesOf(observed, ifindex)) {
    const key = addressKey(own);
    if (isOurs(own, key, adopted)) keys.push(key);
  }
  return keys;
}

/** Ends the attempt with an Error; auto-connect comes back to it after a while. */
export function fail(turn: Turn, service: Service, error: ServiceError, why: string): void {
  const { connection, leaving: _, ...rest } = service;
  if (!connection) return;
  const failures = service.failures + 1;
  const wait = Math.min(firstRetryMs * 2 ** (failures - 1), longestPause(service, error));
  turn.reply(connection.waiting, { ok: false, error: 'Failed', text: why });
  turn.put({ ...rest, error, failures, retryAt: after(turn.world.now, wait) });
  const next = kindOf(service.type).isPeer ? '' : `; trying again in ${wait / 1000} s`;
  turn.log('warning', `${service.id}: ${error}: ${why}${next}`);
  if (connection.reason === 'user') turn.ask({ member: 'ReportError', service: service.id, error }, connection.caller);
}

function longestPause({ type, settings }: Service, error: ServiceError): number {
  const isLogin = error === 'auth-failed' || error === 'login-failed';
  return isLogin && settings.access?.eap ? longestLoginPauseMs : kindOf(type).pauses.retryMs;
}

/** Rule 56: the attempt has had its time. */
export function timeOut(turn: Turn, service: Service, why: string): void {
  const { connection } = service;
  if (!connection) return;
  turn.reply(connection.waiting, { ok: false, error: 'OperationTimeout' });
  fail(turn, { ...service, connection: { ...connection, waiting: [] } }, 'connect-failed', why);
}

/**
 * The network was lost. The service tries to get it back: clients see `association` while an access point of it is heard, and
 * `idle` while none is.
 */
export function loseLink(turn: Turn, service: Service, why: string): void {
  const { connection } = service;
  if (!connection) return;
  turn.log('info', `${service.id}: network lost: ${why}; reconnecting`);
  const reason = connection.reason === 'session' ? 'session' : 'auto';
  const restoring = { ...withoutLink(connection), reason, since: turn.world.now, wasReady: false } as const;
  turn.put({ ...service, connection: { ...restoring, isRestoring: true, failedAttempts: 0 } });
}

/** The network is gone: the cable was pulled, the device switched off or taken away, the network no longer heard. */
export function withdraw(turn: Turn, service: Service): void {
  const { world } = turn;
  const { connection } = service;
  turn.reply(connection?.waiting ?? [], { ok: false, error: 'OperationAborted' });
  if (connection?.asking) turn.cancelAsks(service.id);
  if (service.stored) world.storedServices.set(service.id, service.settings);
  if (kindOf(service.type).lossEnds === 'service') {
    const lease = world.leases.get(service.id);
    if (lease) world.leases.set(service.id, { ...lease, pulledAt: world.now });
    const lease6 = world.leases6.get(service.id);
    if (lease6) world.leases6.set(service.id, { ...lease6, pulledAt: world.now });
  }
  world.services.delete(service.id);
  turn.log('info', `${service.id}: gone`);
}

/** Its user has seen to the cause: auto-connect waits no more. */
export function clearError(turn: Turn, service: Service): void {
  const { retryAt: _, ...rest } = service;
  turn.put({ ...rest, error: '', failures: 0 });
}

/** Service.Remove (rule 67). */
export function remove(turn: Turn, service: Service, operation: number): void {
  const { favorite, access, provision } = service.settings;
  if (provision || !kindOf(service.type).removable || (!favorite && !service.error)) {
    turn.reply([operation], { ok: false, error: 'NotSupported' });
    return;
  }
  const left = disconnect(turn, service, 'as the user asked');
  const { passphrase: _, eap: __, atLeast: ___, ...known } = access ?? {};
  const { retryAt: ____, retriesAsUser: _____, ...rest } = left;
  const ipv6 = { ...left.settings.ipv6, privacy: 'disabled' } as const;
  turn.store({
    ...rest,
    error: '',
    failures: 0,
    settings: { ...left.settings, favorite: false, ipv6, ...(access && { access: known }) },
  });
  turn.reply([operation], { ok: true });
}
