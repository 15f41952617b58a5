/** How a service comes and goes: what Connect, Disconnect, a failure and a lost cable do to it. */
import { after } from '@connman/base';
import { isConnected, isConnecting, type Service, type ServiceError } from '../model/service/service';
import type { Turn } from '../turn';
import { adoptedContribution } from './adopt';

/** Rule 56. */
export const connectTimeoutMs = 120_000;
/** After a failure that was not the user's, auto-connect tries again; the wait doubles up to the longest. */
const firstRetryMs = 2_000;
const longestRetryMs = 10_000;

/** Service.Connect (rules 55 to 58). */
export function userConnect(turn: Turn, service: Service, operation: number, caller: string | undefined): void {
  if (isConnected(service.state)) {
    turn.reply([operation], { ok: false, error: 'AlreadyConnected' });
  } else if (isConnecting(service.state)) {
    turn.reply([operation], { ok: false, error: 'InProgress' });
  } else if (service.settings.ipv4.method === 'off' && service.settings.ipv6.method === 'off') {
    turn.reply([operation], { ok: false, error: 'NoCarrier' });
  } else {
    connect(turn, { ...service, ignore: false, failures: 0 }, 'user', [operation], caller);
  }
}

export function connect(
  turn: Turn,
  service: Service,
  reason: 'auto' | 'user',
  waiting: readonly number[],
  caller?: string,
): void {
  const { retryAt: _, retriesAsUser: __, ...rest } = service;
  const adopted = adoptedContribution(turn.world, service);
  turn.put({
    ...rest,
    error: '',
    leaving: false,
    connection: {
      reason,
      since: turn.world.now,
      waiting,
      ipv4Round: 0,
      online4: false,
      online6: false,
      portalRefused: false,
      wasReady: false,
      ...(adopted && { adopted }),
      ...(caller !== undefined && { caller }),
    },
  });
  turn.log('info', `${service.id}: connecting${reason === 'user' ? ' as the user asked' : ''}`);
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
  if (!service.connection) {
    turn.reply([operation], { ok: false, error: 'NotConnected' });
    return;
  }
  disconnect(turn, { ...service, ignore: true }, 'as the user asked');
  turn.reply([operation], { ok: true });
}

/** Lets go of the network: the addresses go with the next plan, the lease is given back. */
export function disconnect(turn: Turn, service: Service, why: string): Service {
  const { connection, ...rest } = service;
  if (!connection) return turn.put(service);
  turn.reply(connection.waiting, { ok: false, error: 'OperationAborted' });
  turn.log('info', `${service.id}: disconnecting ${why}`);
  return turn.put({ ...rest, leaving: true });
}

/** Ends the attempt with an Error; auto-connect comes back to it after a while. */
export function fail(turn: Turn, service: Service, error: ServiceError, why: string): void {
  const { connection, ...rest } = service;
  if (!connection) return;
  const failures = service.failures + 1;
  const wait = Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs);
  const timedOut = error === 'connect-failed';
  turn.reply(
    connection.waiting,
    timedOut ? { ok: false, error: 'OperationTimeout' } : { ok: false, error: 'Failed', text: why },
  );
  turn.put({ ...rest, error, failures, retryAt: after(turn.world.now, wait), leaving: false });
  turn.log('warning', `${service.id}: ${error}: ${why}; trying again in ${wait / 1000} s`);
  if (connection.reason === 'user') turn.ask({ member: 'ReportError', service: service.id, error }, connection.caller);
}

/** The network is gone: the cable was pulled, the device switched off or taken away. */
export function withdraw(turn: Turn, service: Service, why: string): void {
  const { world } = turn;
  turn.reply(service.connection?.waiting ?? [], { ok: false, error: 'OperationAborted' });
  if (service.stored) world.storedServices.set(service.id, service.settings);
  world.services.delete(service.id);
  turn.log('info', `${service.id}: gone: ${why}`);
}

/** Rule 67; a wired service cannot be removed. */
export function remove(turn: Turn, _service: Service, operation: number): void {
  turn.reply([operation], { ok: false, error: 'NotSupported' });
}
