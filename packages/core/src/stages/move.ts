/** Service.MoveBefore and MoveAfter (ConnMan rules 98 and 99). */

import { networkId } from '@connman/contracts';
import { contributionsOf } from '../model/service/progress';
import { families, isConnected, type Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import { preferredByUser } from '../model/uplink/way';
import { wayKey } from '../model/uplink/way-table';
import type { Turn } from '../turn';

export function move(
  turn: Turn,
  service: Service,
  target: Service | undefined,
  place: 'before' | 'after',
  operation: number,
): void {
  const { world } = turn;
  if (!service.settings.favorite) return turn.reply([operation], { ok: false, error: 'NotSupported' });
  if (!target?.settings.favorite || target.id === service.id) {
    return turn.reply([operation], { ok: false, error: 'InvalidService' });
  }
  if (isTunnel(service) || isTunnel(target)) return moveTunnel(turn, service, target, operation);
  const others = world.order.filter((id) => id !== service.id);
  const at = others.indexOf(target.id) + (place === 'after' ? 1 : 0);
  world.order = [...others.slice(0, at), service.id, ...others.slice(at)];
  trust(turn, place === 'before' ? service : target);
  // Online sorts before ready: whichever of two that are connected is to stand behind has to show again that it is online.
  const behind = place === 'before' ? target : service;
  const bothConnected = isConnected(service.state) && isConnected(target.state);
  for (const one of [service, target]) {
    const isBehind = bothConnected && one.id === behind.id;
    const offline = isBehind && one.connection && { ...one.connection, online: { 4: false, 6: false } };
    turn.store({
      ...one,
      settings: { ...one.settings, modified: world.wall },
      ...(offline && { connection: offline }),
    });
  }
  turn.reply([operation], { ok: true });
}

/** A way that was not checked yet is taken at the user's word, and checked now. */
function trust({ world: { ways, now } }: Turn, { id }: Service): void {
  for (const family of families) {
    const way = ways.get(wayKey(id, family));
    if (way) ways.put(preferredByUser(way, now));
  }
}

const isTunnel = ({ type }: Service): boolean => kindOf(type).isTunnel;

/**
 * What stands where is a matter of what goes through the tunnel: all, of one that is moved; its networks alone, of one that
 * another service is moved before or behind. The order follows.
 */
function moveTunnel(turn: Turn, service: Service, target: Service, operation: number): void {
  if (isTunnel(target) && !contributionsOf(target).some(({ routes }) => routes.length > 0)) {
    return turn.reply([operation], { ok: false, error: 'InvalidService' });
  }
  const wanted = [
    ...(isTunnel(service) ? [{ service, split: false }] : []),
    ...(isTunnel(target) ? [{ service: target, split: true }] : []),
  ];
  // A file that alone may change the connection has the last word.
  if (wanted.some(({ service: one, split }) => isFixed(turn, one) && splitOf(turn, one) !== split)) {
    return turn.reply([operation], { ok: false, error: 'NotSupported' });
  }
  for (const { service: one, split } of wanted) setSplitRouting(turn, one, split);
  for (const one of [service, target]) {
    turn.store({ ...one, settings: { ...one.settings, modified: turn.world.wall } });
  }
  turn.reply([operation], { ok: true });
}

const vpnOf = ({ world }: Turn, { connection, networks }: Service) =>
  world.networks.get(connection?.network ?? networks[0] ?? networkId(''))?.vpn;
const isFixed = (turn: Turn, service: Service): boolean => vpnOf(turn, service)?.immutable === true;
const splitOf = (turn: Turn, service: Service): boolean | undefined => vpnOf(turn, service)?.splitRouting;

function setSplitRouting(turn: Turn, service: Service, split: boolean): void {
  const { world } = turn;
  const network = service.connection?.network ?? service.networks[0];
  const device = network && world.networks.get(network)?.device;
  const driver = device && world.devices.get(device)?.driver;
  if (!network || driver === undefined || splitOf(turn, service) === split) return;
  turn.emit({ kind: 'technology', driver, command: { kind: 'set-split-routing', network, split } });
}
