/**
 * Stage: after a restart, links of drivers that still have what a former run gave them are waited for. A driver talks to another
 * program first: until it has, the link stays as it is, and where that is a tunnel's, so does the kernel as a whole.
 */
import { after } from '@connman/base';
import { isDriversLink, loopback } from '../model/device/filter';
import { ownProtocol } from '../model/observed/keys';
import { addressesOf, routesOf } from '../model/observed/tables';
import type { Moments, Turn } from '../turn';
import { serviceOfLink, type World } from '../world';

const patienceMs = 10_000;
/** ARPHRD_PPP and ARPHRD_NONE: links that no cable or radio is behind. */
const pointToPoint = new Set([512, 65534]);

/** The first picture of the kernel is in. */
export function awaitDrivers(world: World): void {
  for (const { ifindex, hardwareType, kind, carrier } of world.observed.links.values()) {
    const isTunnel = pointToPoint.has(hardwareType) || kind === 'tun';
    if (hardwareType === loopback || (!isTunnel && !carrier)) continue;
    const found = [...addressesOf(world.observed, ifindex), ...routesOf(world.observed, ifindex)];
    if (!found.some(({ protocol }) => protocol === ownProtocol)) continue;
    (isTunnel ? world.awaitedTunnels : world.awaitedLinks).set(ifindex, after(world.now, patienceMs));
  }
}

export function takeUpLinks({ world }: Turn): void {
  const { awaitedTunnels, awaitedLinks } = world;
  for (const awaited of [awaitedTunnels, awaitedLinks]) {
    for (const [ifindex, until] of awaited) {
      const isOver =
        until <= world.now || !world.observed.links.has(ifindex) || serviceOfLink(world, ifindex) !== undefined;
      if (!isOver && (awaited === awaitedTunnels || mayBeTakenUp(world, ifindex))) continue;
      awaited.delete(ifindex);
      world.recent.links.add(ifindex);
    }
  }
}

/** Without a carrier its network is left already; cables are not waited for. */
function mayBeTakenUp({ observed, settledLinks }: World, ifindex: number): boolean {
  const link = observed.links.get(ifindex);
  const deviceType = settledLinks.get(ifindex);
  return link?.carrier === true && (deviceType === undefined || isDriversLink(link, deviceType));
}

export function awaitedDeadlines({ awaitedTunnels, awaitedLinks }: World): Moments {
  return [...awaitedTunnels.values(), ...awaitedLinks.values()];
}
