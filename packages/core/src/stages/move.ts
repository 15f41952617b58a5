/** Service.MoveBefore and MoveAfter (ConnMan rules 98 and 99). */

import { isConnected, type Service } from '../model/service/service';
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
  const others = world.order.filter((id) => id !== service.id);
  const at = others.indexOf(target.id) + (place === 'after' ? 1 : 0);
  world.order = [...others.slice(0, at), service.id, ...others.slice(at)];
  // Online sorts before ready: whichever of two that are connected is to stand behind has to show anew that it is online.
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
