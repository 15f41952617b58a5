/**
 * Stage: which uplinks lead to the internet, where there are several. The order of services and the default route of each family
 * prefer those that do (ADR 17).
 */
import { after, type Instant } from '@connman/base';
import { type Family, familyOf, type IpAddress } from '@connman/inet';
import { gatewayOf } from '../model/ipconfig/contribution';
import { mostRouters } from '../model/observed/router-routes';
import { addressesOf, routesOf } from '../model/observed/tables';
import type { CheckOutcome } from '../model/online/online-machine';
import { isMetered } from '../model/service/metered';
import { contributionsOf } from '../model/service/progress';
import { families, isConnected, linkOf, type Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import type { Suspicion } from '../model/uplink/evidence';
import {
  answered,
  checked,
  checkMs,
  newWay,
  priced,
  reassured,
  type ShownVerdict,
  shownVerdict,
  suspected,
  trustedAt,
  turnedDown,
  verified,
  type Way,
} from '../model/uplink/way';
import { wayKey } from '../model/uplink/way-table';
import type { Moments, Turn } from '../turn';
import type { World } from '../world';
import { pathOf } from './check-path';
import { hasDefaultRoute } from './default-route';

/** The online check of the default service is quicker, and the other uplinks need none before it has failed. */
const firstCheckMs = 2_000;

export function verifyUplinks(turn: Turn): void {
  const { world } = turn;
  const due = world.ways.deadlines.due(world.now);
  if (world.recent.services.isEmpty && due.length === 0) return;
  followUplinks(turn);
  for (const way of world.ways.values()) {
    if (way.dueAt !== undefined && way.dueAt <= world.now) check(turn, way);
  }
  for (const way of world.ways.values()) settle(turn, way);
  watch(turn);
}

export function uplinkDeadlines({ ways, now }: World): Moments {
  return [ways.deadlines.next(now)];
}

/** Something speaks against the ways of a link: DNS servers that do not respond, connections that stall, a silent gateway. */
export function suspect(turn: Turn, { ifindex, family, evidence, bySize }: Suspicion): void {
  const { ways, now, recent } = turn.world;
  for (const way of ways.byFamily.of(family)) {
    const next = suspected(way, now, evidence, bySize);
    if (way.ifindex !== ifindex || next === way) continue;
    turn.log('info', `${way.serviceId}: checking IPv${family}: ${evidence}`);
    recent.services.add(way.serviceId);
    ways.put(next);
    for (const other of ways.byFamily.of(family)) ways.put(reassured(other, now, next.size === 'doubted'));
  }
}

/** The answer to a check of this stage; false if it is none. */
export function absorbUplinkCheck({ world }: Turn, checkId: number, outcome: CheckOutcome): boolean {
  const way = world.ways.byCheck.first(checkId);
  if (!way) return false;
  world.ways.put(answered(way, outcome, world.now));
  world.recent.services.add(way.serviceId);
  return true;
}

/** A way for each family of each connected service that offers one; none where there is nothing to choose from. */
function followUplinks(turn: Turn): void {
  const { world } = turn;
  const uplinks = uplinksOf(world);
  const wanted = new Set<string>();
  for (const service of uplinks.length > 1 ? uplinks : []) {
    for (const family of families) {
      if (!isConnected(service.families[family].state) || !hasDefaultRoute(world, service, family)) continue;
      const key = wayKey(service.id, family);
      const ifindex = linkOf(service) ?? 0;
      wanted.add(key);
      const known = world.ways.get(key);
      const current =
        known?.ifindex === ifindex
          ? known
          : newWay(service.id, ifindex, family, world.now, firstCheckAt(world, family));
      const way = priced(current, isMetered(service));
      if (service.connection?.portalRefused) {
        if (way.checkId !== undefined) turn.emit({ kind: 'online-cancel', checkId: way.checkId });
        world.ways.put(turnedDown(way, world.now));
        continue;
      }
      const isOnline = way.verdict === 'unknown' && service.connection?.online[family];
      world.ways.put(isOnline ? verified(way, world.now, 'the online check succeeded') : way);
    }
  }
  for (const [key, { checkId, serviceId }] of world.ways) {
    if (wanted.has(key)) continue;
    world.ways.delete(key);
    if (checkId !== undefined) turn.emit({ kind: 'online-cancel', checkId });
    const service = world.services.get(serviceId);
    if (service?.connection?.ways) turn.put(withVerdicts(service, {}));
  }
}

function uplinksOf({ services, config }: World): Service[] {
  if (!config.verifiedUplinks || config.online.mode === 'none') return [];
  const { connected } = services;
  const types = connected.names().filter((type) => !kindOf(type).isTunnel);
  return types.flatMap((type) => connected.of(type).filter(({ hasUplink }) => hasUplink));
}

/** One that comes to a verified one is checked at once. */
function firstCheckAt(world: World, family: Family): Instant {
  return world.ways.verified.size(family) > 0 ? world.now : after(world.now, firstCheckMs);
}

function check(turn: Turn, way: Way): void {
  const { world } = turn;
  const service = world.services.get(way.serviceId);
  if (!service || way.checkId !== undefined) return;
  // Numbered apart from the online checks of rule 125.
  const checkId = --world.lastUplinkCheck;
  world.ways.put(checked(way, checkId, world.now));
  const { ipv4Url, ipv6Url } = world.config.online;
  const url = way.family === 4 ? ipv4Url : ipv6Url;
  // Whether it leads on is all there is to know: what the portal says of itself is for the user, and for the default service.
  const { portalApi: _, ...path } = pathOf(world, service);
  const isFullSize = way.size === 'full' && ({ isFullSize: true } as const);
  const request = { checkId, family: way.family, url, ...path, timeoutMs: checkMs, ...isFullSize };
  turn.emit({ kind: 'online-check', request });
}

/** A lost way that is good again, and the verdicts as the services show them. */
function settle(turn: Turn, before: Way): void {
  const { world } = turn;
  const { family, serviceId } = before;
  const trusted = trustedAt(before);
  const isNeeded = world.ways.verified.size(family) === 0;
  const isTrusted = trusted !== undefined && (trusted <= world.now || isNeeded);
  const way = isTrusted ? verified(before, world.now, 'checks succeed again') : before;
  if (way !== before) world.ways.put(way);
  const service = world.services.get(serviceId);
  const shown = service?.connection?.ways?.[family];
  const verdict = shownVerdict(way);
  if (!service || shown === verdict) return;
  const { connection } = turn.put(withVerdicts(service, { ...service.connection?.ways, [family]: verdict }));
  if (way.verdict === 'verified') turn.log('info', `${serviceId}: IPv${family} leads to the internet: ${way.evidence}`);
  if (way.verdict !== 'lost') return;
  const fault = verdict === 'narrow' ? 'comes behind other uplinks' : 'does not lead to the internet';
  turn.log('warning', `${serviceId}: IPv${family} ${fault}: ${way.evidence}; still checking`);
  if (connection?.online[family] && verdict === 'lost') {
    const online = { ...connection.online, [family]: false };
    turn.put({ ...service, connection: { ...connection, online } });
  }
}

function withVerdicts(service: Service, ways: Partial<Record<Family, ShownVerdict>>): Service {
  const { connection } = service;
  return connection ? { ...service, connection: { ...connection, ways } } : service;
}

/** The links whose traffic shows how the ways are. */
function watch(turn: Turn): void {
  const { world } = turn;
  const links = new Map<number, { readonly addresses: IpAddress[]; readonly gateways: IpAddress[] }>();
  for (const { ifindex, family, serviceId } of world.ways.values()) {
    const { addresses, gateways } = links.get(ifindex) ?? { addresses: [], gateways: [] };
    for (const { address } of addressesOf(world.observed, ifindex))
      if (familyOf(address) === family) addresses.push(address);
    const service = world.services.get(serviceId);
    const brought = service ? contributionsOf(service).flatMap((one) => gatewayOf(one, family) ?? []) : [];
    const advertised = [...routesOf(world.observed, ifindex)].flatMap((route) =>
      route.family === family && route.destination.length === 0 && route.gateway ? [route.gateway] : [],
    );
    gateways.push(...[...new Set([...brought, ...advertised])].slice(0, mostRouters));
    links.set(ifindex, { addresses, gateways });
  }
  const uplinks = [...links].map(([ifindex, link]) => ({ ifindex, ...link }));
  const text = JSON.stringify(uplinks);
  if (text === (world.handedOut.get('uplinks') ?? '[]')) return;
  world.handedOut.set('uplinks', text);
  turn.emit({ kind: 'watch-uplinks', uplinks });
}
