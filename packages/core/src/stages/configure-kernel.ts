/** Stage: the kernel's configuration. Composes what the services bring, plans the way there, sends what is due. */

import { after } from '@connman/base';
import { resetMs } from '../model/device/device';
import { composeAddresses, composeRoutes } from '../model/ipconfig/compose';
import type { Desired, DesiredLink } from '../model/ipconfig/desired';
import { adopt, plan } from '../model/ipconfig/plan';
import { contributionsOf } from '../model/service/progress';
import { isConnected } from '../model/service/service';
import type { Turn } from '../turn';
import { servicesOf } from '../turn';
import type { World } from '../world';
import { configureIpv6 } from './ipv6-mode';

export function configureKernel(turn: Turn): void {
  const { world } = turn;
  if (!world.synced) return;
  configureIpv6(turn);
  const desired = desiredOf(world);
  for (const key of adopt(desired, world.observed)) world.adopted.add(key);
  const changes = plan(desired, world.observed, world.adopted);
  for (const key of world.adopted) {
    if (!world.observed.addresses.has(key) && !world.observed.routes.has(key)) world.adopted.delete(key);
  }
  for (const change of world.pendingChanges.due(changes, world.now)) {
    world.pendingChanges.sent(change, world.now);
    turn.emit({ kind: 'change', change });
    if (change.kind === 'set-link' && change.mtu !== undefined) expectReset(world, change.ifindex);
  }
  configureReversePath(turn);
}

function expectReset(world: World, ifindex: number): void {
  const device = world.devices.get(ifindex);
  if (device) world.devices.set(ifindex, { ...device, resetUntil: after(world.now, resetMs) });
}

function desiredOf(world: World): Desired {
  const shares = servicesOf(world)
    .map((service) => ({ ifindex: service.ifindex, contributions: contributionsOf(service) }))
    .filter((share) => share.contributions.length > 0);
  return { links: desiredLinks(world), addresses: composeAddresses(shares), routes: composeRoutes(shares) };
}

function desiredLinks(world: World): DesiredLink[] {
  const links: DesiredLink[] = [];
  const mtus = new Map<number, number>();
  for (const service of world.services.values()) {
    const mtu = contributionsOf(service).find((one) => one.mtu > 0)?.mtu;
    if (mtu !== undefined) mtus.set(service.ifindex, mtu);
  }
  for (const device of world.devices.values()) {
    const { ifindex } = device;
    const current = world.observed.links.get(ifindex)?.mtu ?? 0;
    // A server can make packets smaller, not larger than the link was set up for: the rest of the wire may not carry them.
    const ceiling = device.originalMtu || current;
    const asked = mtus.get(ifindex);
    const mtu = asked !== undefined && ceiling > 0 ? Math.min(asked, ceiling) : asked;
    if (mtu !== undefined && device.originalMtu === 0) world.devices.set(ifindex, { ...device, originalMtu: current });
    if (mtu === undefined && device.originalMtu !== 0) {
      // Given back once; what an administrator sets afterwards stands.
      if (current === device.originalMtu) world.devices.set(ifindex, { ...device, originalMtu: 0 });
    }
    const wantedMtu = mtu ?? (device.originalMtu || undefined);
    links.push({
      ifindex,
      ...(device.pendingPower !== undefined && { up: device.pendingPower }),
      ...(wantedMtu !== undefined && { mtu: wantedMtu }),
    });
  }
  return links;
}

/** With two uplinks an answer may come by the other one: strict source checks are loosened meanwhile (rule 107). */
function configureReversePath(turn: Turn): void {
  const { world } = turn;
  const path = 'net/ipv4/conf/all/rp_filter';
  const uplinks = [...world.services.values()].filter((service) => isConnected(service.ipv4State)).length;
  if (uplinks > 1 === world.handedOut.has(path)) return;
  if (uplinks > 1) {
    world.handedOut.set(path, '2');
    turn.emit({ kind: 'sysctl', path, value: '2' });
  } else {
    world.handedOut.delete(path);
    turn.emit({ kind: 'sysctl-restore', path });
  }
}
