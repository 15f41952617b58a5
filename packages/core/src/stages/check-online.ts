/** Online checks as the services need them: which are checked, and what the answers do (ConnMan rules 125 to 128). */

import { isOurs } from '../model/ipconfig/plan';
import {
  isMarkedFailed,
  isShownOnline,
  type OnlineEffect,
  type OnlineEvent,
  stepOnline,
} from '../model/online/online-machine';
import { dnsTlsModeOf, nameserversOf } from '../model/service/effective';
import { isConnected, type Service } from '../model/service/service';
import type { Turn } from '../turn';
import { servicesOf } from '../turn';
import type { World } from '../world';

/** Stage: the default service is checked, and those marked as failed, for each family they have. */
export function checkOnline(turn: Turn): void {
  const { world } = turn;
  const { timerAt } = world.online;
  if (timerAt !== undefined && timerAt <= world.now) stepAndCarryOut(turn, { kind: 'timer', at: world.now });
  const wanted = new Set<string>();
  servicesOf(world).forEach((service, position) => {
    if (position > 0 && !isMarkedFailed(world.online, service.id)) return;
    if (service.connection?.portalRefused) return;
    for (const family of [4, 6] as const) {
      if (!isConnected(family === 4 ? service.ipv4State : service.ipv6State)) continue;
      wanted.add(`${service.id}/${family}`);
      if (isToShowAnew(turn, service, family)) {
        stepAndCarryOut(turn, { kind: 'stop', at: world.now, serviceId: service.id, family });
      }
      stepAndCarryOut(turn, {
        kind: 'start',
        at: world.now,
        serviceId: service.id,
        family,
        path: pathOf(turn, service),
      });
    }
  });
  for (const [key, { serviceId, family }] of world.online.checks) {
    if (!wanted.has(key)) stepAndCarryOut(turn, { kind: 'stop', at: world.now, serviceId, family });
  }
}

/** A new configuration or a user's order took `online` away from the service: the last answer counts no more. */
function isToShowAnew({ world }: Turn, { id, connection }: Service, family: 4 | 6): boolean {
  const isOnline = family === 4 ? connection?.online4 : connection?.online6;
  return !isOnline && isShownOnline(world.online, id, family);
}

/** A result or the passing of time. */
export function stepAndCarryOut(turn: Turn, event: OnlineEvent): void {
  const { world } = turn;
  const { state, effects } = stepOnline(world.config.online, world.online, event);
  world.online = state;
  for (const effect of effects) carryOut(turn, effect);
}

function pathOf({ world }: Turn, service: Service) {
  const own = nameserversOf(service, world.observed);
  return {
    interfaceName: world.observed.links.get(service.ifindex)?.name ?? '',
    ...(own.length > 0
      ? { nameservers: own, tls: dnsTlsModeOf(service, world.config) }
      : { nameservers: world.config.fallbackNameservers, tls: world.config.dnsOverTls }),
    rivals: rivalsOf(world, service.ifindex),
  };
}

/** Other programs' default routes on the link: they can lead a check astray. */
function rivalsOf({ observed, adopted }: World, ifindex: number): readonly string[] {
  const rivals: string[] = [];
  for (const [key, route] of observed.routes) {
    if (route.ifindex === ifindex && !isOurs(route, key, adopted)) rivals.push(key);
  }
  return rivals;
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
      return setOnline(turn, effect.serviceId, effect.family, true);
    case 'offline':
      setOnline(turn, effect.serviceId, effect.family, false);
      if (effect.failed) setFailed(turn, effect.serviceId, true);
      return;
    case 'recovered':
      return setFailed(turn, effect.serviceId, false);
    case 'portal':
      return askForBrowser(turn, effect.serviceId, effect.url);
    case 'portal-over':
      return turn.cancelAsks(effect.serviceId);
    case 'check-failed':
      return turn.log(
        'info',
        `${effect.serviceId}: online check over IPv${effect.family} failed: ${effect.reason}; again in ${effect.retryMs / 1000} s`,
      );
    case 'timer':
      // The engine reads the machine's next time from its state.
      return;
  }
}

function askForBrowser(turn: Turn, service: string, url: string): void {
  turn.ask({ member: 'RequestBrowser', service, url }, turn.world.services.get(service)?.connection?.caller);
}

function setOnline(turn: Turn, id: string, family: 4 | 6, online: boolean): void {
  const service = turn.world.services.get(id);
  if (!service?.connection) return;
  const flags = family === 4 ? { online4: online } : { online6: online };
  turn.put({ ...service, connection: { ...service.connection, ...flags } });
}

function setFailed(turn: Turn, id: string, failed: boolean): void {
  const service = turn.world.services.get(id);
  if (service) turn.put({ ...service, error: failed ? 'online-check-failed' : '' });
}
