/**
 * Stage: has drivers join the networks that services are to be connected by, and leave those that none is.
 *
 * An attempt has a number of its own; what a driver reports of an earlier one counts no more.
 */
import { after, type Instant } from '@connman/base';
import type { AssociationError, NetworkId } from '@connman/contracts';
import type { Network } from '../model/network/network';
import { associationProfile, isUnauthorised, missingFields } from '../model/service/access';
import { type Connection, isUnheard } from '../model/service/connection';
import { attemptLimit, attemptTimeout, givesWayAt } from '../model/service/deadlines';
import type { Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import type { Moments, Turn } from '../turn';
import type { World } from '../world';
import { askUser } from './ask-user';
import { disconnect, fail } from './lifecycle';
import { seekHidden } from './seek-hidden';

/** Between attempts to get a network back; doubles up to the longest of its kind. */
const firstPauseMs = 500;
/** A driver that has not left a network by then is told again. */
const leaveAgainMs = 5_000;

export function associate(turn: Turn): void {
  const { world } = turn;
  leaveUnused(turn);
  for (const service of world.services.byPhase.of('joining')) {
    const { connection } = service;
    if (!connection || connection.asking) continue;
    if (connection.seeks) {
      seekHidden(turn, service, connection, connection.seeks);
      continue;
    }
    const network = world.networks.get(connection.network);
    if (!network || !world.devices.get(network.device)?.powered) continue;
    if (isUnheard(connection, network)) continue;
    if (connection.attempt === 0) begin(turn, service, connection, network);
    else if (hasNoEnd(service, world.now)) {
      attemptFailed(
        turn,
        service,
        connection,
        'connect-failed',
        `no word of it for ${attemptLimit(service.type, connection) / 1000} s`,
      );
    }
  }
}

/** A network that is up or on its way, of no service: the driver is to leave it, unless it joins another one instead. */
function leaveUnused(turn: Turn): void {
  const { world } = turn;
  const { services } = world;
  for (const id of world.leaving.keys()) {
    const { link } = world.networks.get(id) ?? {};
    if (!link || link.kind === 'idle') world.leaving.delete(id);
  }
  for (const { id, device, type, link, serviceId } of world.networks.joined.of('joined')) {
    if (services.byNetwork.size(id) > 0) continue;
    // Another program's, which the user never asked us to join.
    const isOurs = link.kind !== 'idle' && link.attempt !== 0;
    if (!isOurs && !kindOf(type).isTunnel && !services.get(serviceId)?.settings.favorite) continue;
    if (kindOf(type).onePerDevice && services.byDevice.size(device) > 0) continue;
    const driver = world.devices.get(device)?.driver;
    if (driver === undefined) continue;
    const toldAt = world.leaving.get(id);
    if (toldAt !== undefined && world.now < after(toldAt, leaveAgainMs)) continue;
    world.leaving.set(id, world.now);
    turn.emit({ kind: 'technology', driver, command: { kind: 'dissociate', network: id } });
  }
}

function begin(turn: Turn, service: Service, connection: Connection, network: Network): void {
  const { world } = turn;
  if (connection.associateAt !== undefined && connection.associateAt > world.now) return;
  const driver = world.devices.get(network.device)?.driver;
  if (driver === undefined) return;
  const { access } = service.settings;
  const { attempt: before } = connection;
  if (network.link.kind === 'up' && !world.leaving.has(network.id) && !isUnauthorised(network, before, access)) return;
  const fields = connection.wps ? [] : missingFields(network, access);
  if (fields.length > 0) {
    if (connection.reason === 'user') return askUser(turn, service, connection, fields, network.wifi?.security);
    fail(turn, service, 'invalid-key', 'the passphrase is not known');
    return;
  }
  const attempt = ++world.lastAttempt;
  const { associateAt: _, ...rest } = connection;
  const { firstAttempt = attempt } = connection;
  turn.put({ ...service, connection: { ...rest, firstAttempt, attempt, attemptAt: world.now } });
  world.leaving.delete(network.id);
  const profile = associationProfile(service.settings, firstAttempt, connection.wps);
  const caller = connection.caller !== undefined && { caller: connection.caller };
  const command = { kind: 'associate', network: network.id, attempt, profile, ...caller } as const;
  turn.emit({ kind: 'technology', driver, command });
}

function hasNoEnd(service: Service, now: Instant): boolean {
  const end = attemptTimeout(service);
  return end !== undefined && end <= now;
}

/** Empty for push button, as of networks. */
const pinOfPeer = { name: 'WPS', type: 'wpspin', requirement: 'mandatory' } as const;

/** What an attempt's failure does: asks again, tries again, or ends the connection. */
export function attemptFailed(
  turn: Turn,
  service: Service,
  connection: Connection,
  error: AssociationError,
  reason: string,
): void {
  const { world } = turn;
  const network = world.networks.get(connection.network);
  if (error === 'pin-missing' && kindOf(service.type).isPeer && connection.reason === 'user') {
    const { wps: _, ...rest } = connection;
    return askUser(turn, service, { ...rest, attempt: 0 }, [pinOfPeer]);
  }
  if ((error === 'invalid-key' || error === 'auth-failed') && connection.reason === 'user' && network) {
    const { access = {} } = service.settings;
    const { passphrase, eap, ...others } = access;
    const { password, ...eapOthers } = eap ?? {};
    const forgotten = { ...others, ...(eap && { eap: { ...eapOthers, method: eap.method } }) };
    const fields = missingFields(network, forgotten, connection.wps?.pin ?? passphrase ?? password);
    if (fields.length > 0) {
      const asked = { ...service, error: 'invalid-key' } as const;
      const { wps: _, ...rest } = connection;
      return askUser(turn, asked, { ...rest, attempt: 0 }, fields, network.wifi?.security);
    }
  }
  const isTransient = error === 'out-of-range' || error === 'connect-failed' || error === 'blocked';
  if (connection.isRestoring && isTransient && !hasRival(world, service)) {
    const { attemptAt: _, ...rest } = connection;
    const failedAttempts = connection.failedAttempts + 1;
    const pause = Math.min(firstPauseMs * 2 ** (failedAttempts - 1), kindOf(service.type).pauses.restoreMs);
    turn.put({ ...service, connection: { ...rest, attempt: 0, failedAttempts, associateAt: after(world.now, pause) } });
    turn.log('info', `${service.id}: not joined again yet: ${reason}; trying again in ${pause / 1000} s`);
  } else if (connection.isRestoring && error === 'out-of-range') {
    giveWay(turn, service, reason);
  } else {
    fail(turn, service, error, reason);
  }
}

/** Networks that were lost and are not heard again soon, where the device could be in another one. */
export function giveWayToRivals(turn: Turn): void {
  const { world } = turn;
  for (const service of world.services.byPhase.of('joining')) {
    const { connection } = service;
    const network = connection && world.networks.get(connection.network);
    const at = givesWayAt(service);
    if (at === undefined || world.now < at || !network || !isUnheard(connection, network)) continue;
    if (hasRival(world, service)) giveWay(turn, service, 'it is heard no more');
  }
}

/** The device is free for another network; this one may have it back when it is heard. */
function giveWay(turn: Turn, service: Service, reason: string): void {
  const { leaving: _, ...rest } = disconnect(turn, service, `as it is out of range: ${reason}`);
  turn.put({ ...rest, retryAt: after(turn.world.now, kindOf(service.type).pauses.restoreMs) });
}

/** Another network of the user's that the device could be in instead. */
function hasRival(world: World, service: Service): boolean {
  if (!kindOf(service.type).onePerDevice) return false;
  const device = (id: NetworkId) => world.networks.get(id)?.device;
  const own = service.networks.map(device);
  return world.services.candidates
    .of('candidate')
    .some((other) => other.networks.some((id) => own.includes(device(id))));
}

export function associateDeadlines({ services, leaving, now }: World): Moments {
  const again = [...leaving.values()].map((toldAt) => after(toldAt, leaveAgainMs));
  return [...again, services.nextAttempts.next(now), services.attemptTimeouts.next(now)];
}
