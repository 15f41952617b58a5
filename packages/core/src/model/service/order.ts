/** The order of services: the first connected one is the default (ConnMan rules 94 to 97). */
import { kindOf, technologyTypesInOrder } from '../technology/kinds';
import type { ShownVerdict } from '../uplink/way';
import { isUsedUp } from './data-budget';
import { isMetered } from './metered';
import { isConnected, isConnecting, type Service } from './service';

/**
 * Negative if `a` stands before `b`. Zero keeps the order they have, which a user's MoveBefore or MoveAfter made.
 * `preferred` is PreferredTechnologies.
 */
export function compareServices(a: Service, b: Service, preferred: readonly string[]): number {
  if (isInUse(a) && isInUse(b)) {
    // Whatever the online check says of it: what is to go through the tunnel must not go past it (rule 94).
    const byTunnel = Number(isFullTunnel(b)) - Number(isFullTunnel(a));
    if (byTunnel !== 0) return byTunnel;
    const failed = Number(a.error === 'online-check-failed') - Number(b.error === 'online-check-failed');
    if (failed !== 0) return failed;
    // A link without a way out (only an address of RFC 3927, say) must not take the default route's place.
    if (a.hasUplink !== b.hasUplink) return a.hasUplink ? -1 : 1;
    // What is known to lead to the internet, before what is not, before what is known not to.
    const byWay = rankOfWays(a) - rankOfWays(b);
    if (byWay !== 0) return byWay;
    // Of those that lead nowhere none is better: the one that was the default stays so.
    if (rankOfWays(a) === lostRank) return 0;
    const byCost = compareCost(a, b);
    if (byCost !== 0) return byCost;
    const byType = comparePreferred(a, b, preferred);
    if (byType !== 0) return byType;
  }
  const byState = rank(a) - rank(b);
  if (byState !== 0) return byState;
  if (a.settings.favorite !== b.settings.favorite) return a.settings.favorite ? -1 : 1;
  return (
    comparePreferred(a, b, preferred) ||
    technologyTypesInOrder.indexOf(a.type) - technologyTypesInOrder.indexOf(b.type) ||
    b.strength - a.strength ||
    Number(a.name > b.name) - Number(a.name < b.name)
  );
}

/**
 * Of ways that are equally good. One whose data budget is used up comes last; what is paid by the byte comes behind what is not, where
 * both are known to lead to the internet.
 */
export function compareCost(a: Service, b: Service): number {
  const byBudget = Number(isUsedUp(a)) - Number(isUsedUp(b));
  if (byBudget !== 0) return byBudget;
  const areVerified = rankOfWays(a) === verifiedRank && rankOfWays(b) === verifiedRank;
  return areVerified ? Number(isMetered(a)) - Number(isMetered(b)) : 0;
}

/** Connected, or still connected from a former run: DHCP's word on it is awaited, its traffic flows. */
export function isInUse(service: Service): boolean {
  return isConnected(service.state) || service.connection?.dhcp4.adopted !== undefined;
}

/** Of a verdict, the best first; a way that was not checked is before those that are lost. */
export function rankOfWay(verdict: ShownVerdict = 'unknown'): number {
  return ranks[verdict];
}

/** By its best family. */
export function rankOfWays({ connection }: Service): number {
  const verdicts = Object.values(connection?.ways ?? {});
  return verdicts.length === 0 ? rankOfWay(undefined) : Math.min(...verdicts.map(rankOfWay));
}

const ranks: Readonly<Record<ShownVerdict, number>> = { verified: 0, unknown: 1, narrow: 2, lost: 3 };
const { verified: verifiedRank, lost: lostRank } = ranks;

/** All traffic of a family goes through it. */
export function isFullTunnel({ type, hasUplink }: Service): boolean {
  return hasUplink && kindOf(type).isTunnel;
}

function rank(service: Service): number {
  if (service.state === 'online') return 0;
  if (isInUse(service)) return 1;
  return isConnecting(service.state) ? 2 : 3;
}

function comparePreferred(a: Service, b: Service, preferred: readonly string[]): number {
  if (a.type === b.type) return 0;
  const place = (service: Service) => {
    const at = preferred.indexOf(service.type);
    return at < 0 ? preferred.length : at;
  };
  return place(a) - place(b);
}

const places = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

/** The place of each service in an order, from 0. */
export function placesIn(order: readonly string[]): ReadonlyMap<string, number> {
  const known = places.get(order) ?? new Map(order.map((id, place) => [id, place]));
  places.set(order, known);
  return known;
}
