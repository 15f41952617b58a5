/** Online checks as the services need them: which are checked, and what the answers do (ConnMan rules 125 to 128). */

import { isShownOnline, type OnlineEffect, type OnlineEvent, stepOnline } from '../model/online/online-machine';
import type { LoginOutcome, LoginRequest } from '../model/online/portal-login';
import { families, isConnected, linkOf, type Service } from '../model/service/service';
import type { Moments, Turn } from '../turn';
import type { World } from '../world';
import { pathOf } from './check-path';
import { absorbLoginOutcome, askForBrowser, askForLogin } from './portal-login';
import { suspect } from './verify-uplinks';

interface FamilyOfService {
  readonly serviceId: string;
  readonly family: 4 | 6;
}

/** Stage: the default service is checked, and those marked as failed, for each family they have. */
export function checkOnline(turn: Turn): void {
  const { world } = turn;
  const { timerAt } = world.online;
  if (timerAt !== undefined && timerAt <= world.now) stepAndCarryOut(turn, { kind: 'timer', at: world.now });
  const wanted = new Set<string>();
  for (const id of new Set([...world.order.slice(0, 1), ...world.online.failedServices])) {
    const service = world.services.get(id);
    if (!service || service.connection?.portalRefused) continue;
    for (const family of families) {
      if (!isConnected(service.families[family].state)) continue;
      wanted.add(`${service.id}/${family}`);
      if (isToShowAnew(turn, service, family)) {
        stepAndCarryOut(turn, { kind: 'stop', at: world.now, serviceId: service.id, family });
      }
      stepAndCarryOut(turn, {
        kind: 'start',
        at: world.now,
        serviceId: service.id,
        family,
        path: pathOf(world, service),
      });
    }
  }
  for (const [key, { serviceId, family }] of world.online.checks) {
    if (!wanted.has(key)) stepAndCarryOut(turn, { kind: 'stop', at: world.now, serviceId, family });
  }
}

export function checkDeadlines({ online }: World): Moments {
  return [online.timerAt];
}

/** A new configuration or a user's order took `online` away from the service: the last answer counts no more. */
function isToShowAnew({ world }: Turn, { id, connection }: Service, family: 4 | 6): boolean {
  return !connection?.online[family] && isShownOnline(world.online, id, family);
}

/** The user has been to the portal (rule 134). */
export function checkAgain(turn: Turn, serviceId: string): void {
  for (const family of families) stepAndCarryOut(turn, { kind: 'restart', at: turn.world.now, serviceId, family });
}

/** A login without a browser has come to its end (rule 133). */
export function absorbPortalLogin(turn: Turn, login: LoginRequest, outcome: LoginOutcome): void {
  if (absorbLoginOutcome(turn, login, outcome)) checkAgain(turn, login.service);
}

/** A result or the passing of time. */
export function stepAndCarryOut(turn: Turn, event: OnlineEvent): void {
  const { world } = turn;
  const { state, effects } = stepOnline(world.config.online, world.online, event);
  world.online = state;
  for (const effect of effects) carryOut(turn, effect);
}

function carryOut(turn: Turn, effect: OnlineEffect): void {
  switch (effect.kind) {
    case 'check': {
      const { kind: _, serviceId: __, ...request } = effect;
      return turn.emit({ kind: 'online-check', request });
    }
    case 'cancel':
      return turn.emit({ kind: 'online-cancel', checkId: effect.checkId });
    case 'online':
      // What the portal said of names is not true any more.
      if (effect.wasPortal) turn.emit({ kind: 'dns-flush' });
      return setOnline(turn, effect.serviceId, effect.family, true);
    case 'offline':
      setOnline(turn, effect.serviceId, effect.family, false);
      if (turn.world.config.online.mode === 'continuous') suspectDefault(turn, effect, 'too often');
      if (effect.failed) setFailed(turn, effect.serviceId, true);
      return;
    case 'recovered':
      return setFailed(turn, effect.serviceId, false);
    case 'portal': {
      const { serviceId, family, url: page, login: form } = effect;
      if (form) return askForLogin(turn, serviceId, { form, page, family, refusals: 0 });
      return askForBrowser(turn, serviceId, page);
    }
    case 'portal-over':
      return turn.cancelAsks(effect.serviceId);
    case 'check-failed':
      // Continuous checks have a threshold of their own (rule 127).
      if (turn.world.config.online.mode === 'one-shot') suspectDefault(turn, effect, effect.reason);
      return turn.log(
        'info',
        `${effect.serviceId}: online check over IPv${effect.family} failed: ${effect.reason}; again in ${Math.round(effect.retryMs / 1000)} s`,
      );
    case 'timer':
      // The engine reads the machine's next time from its state.
      return;
  }
}

/** Another uplink is to take over if it is so. */
function suspectDefault(turn: Turn, { serviceId, family }: FamilyOfService, reason: string): void {
  const service = turn.world.services.get(serviceId);
  const ifindex = service && linkOf(service);
  if (ifindex !== undefined) suspect(turn, { ifindex, family, evidence: `the online check failed: ${reason}` });
}

function setOnline(turn: Turn, id: string, family: 4 | 6, online: boolean): void {
  const service = turn.world.services.get(id);
  if (!service?.connection) return;
  const { connection } = service;
  turn.put({ ...service, connection: { ...connection, online: { ...connection.online, [family]: online } } });
}

function setFailed(turn: Turn, id: string, failed: boolean): void {
  const service = turn.world.services.get(id);
  if (service) turn.put({ ...service, error: failed ? 'online-check-failed' : '' });
}
