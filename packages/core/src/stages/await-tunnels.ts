/**
 * Stage: after a restart, tunnels whose links still have what a former run gave them are waited for. Their driver talks to
 * another program first; the kernel stays as it is until it has.
 */
import { after } from '@connman/base';
import { ownProtocol } from '../model/observed/keys';
import { addressesOf, routesOf } from '../model/observed/tables';
import type { Moments, Turn } from '../turn';
import { serviceOfLink, type World } from '../world';

const patienceMs = 10_000;
/** ARPHRD_PPP and ARPHRD_NONE: links that no cable or radio is behind. */
const pointToPoint = new Set([512, 65534]);

/** The first picture of the kernel is in. */
export function awaitTunnels(world: World): void {
  for (const { ifindex, hardwareType, kind } of world.observed.links.values()) {
    if (!pointToPoint.has(hardwareType) && kind !== 'tun') continue;
    const found = [...addressesOf(world.observed, ifindex), ...routesOf(world.observed, ifindex)];
    if (found.some(({ protocol }) => protocol === ownProtocol))
      world.awaitedTunnels.set(ifindex, after(world.now, patienceMs));
  }
}

export function takeUpTunnels({ world }: Turn): void {
  for (const [ifindex, until] of world.awaitedTunnels) {
    const isOver = until <= world.now || !world.observed.links.has(ifindex);
    if (!isOver && !serviceOfLink(world, ifindex)) continue;
    world.awaitedTunnels.delete(ifindex);
    world.recent.links.add(ifindex);
  }
}

export function awaitedDeadlines({ awaitedTunnels }: World): Moments {
  return awaitedTunnels.values();
}
