/** Stage: the kernel's configuration. Composes what the services bring, plans the way there, sends what is due. */

import { after } from '@connman/base';
import { resetMs } from '../model/device/link-state';
import { composeAddresses, composeRoutes, type ServiceShare } from '../model/ipconfig/compose';
import type { Desired, DesiredLink } from '../model/ipconfig/desired';
import { adopt, plan } from '../model/ipconfig/plan';
import { ethernetDriver } from '../model/network/ethernet';
import { contributionsOf } from '../model/service/progress';
import { linkOf } from '../model/service/service';
import { type Moments, servicesOf, type Turn } from '../turn';
import { linkStateOf, type World } from '../world';
import { configureIpv6 } from './ipv6-mode';

export function configureKernel(turn: Turn): void {
  const { world } = turn;
  if (!world.synced) return;
  configureIpv6(turn);
  const again = world.pendingChanges.deadline();
  if (world.recent.links.isEmpty && (again === undefined || again > world.now)) return;
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
  world.linkStates.set(ifindex, { ...linkStateOf(world, ifindex), resetUntil: after(world.now, resetMs) });
}

function desiredOf(world: World): Desired {
  const shares = servicesOf(world).flatMap((service) => {
    const ifindex = linkOf(service);
    const contributions = contributionsOf(service);
    return ifindex === undefined || contributions.length === 0 ? [] : [{ ifindex, contributions }];
  });
  return { links: desiredLinks(world, shares), addresses: composeAddresses(shares), routes: composeRoutes(shares) };
}

function desiredLinks(world: World, shares: readonly ServiceShare[]): DesiredLink[] {
  const links = new Map<number, DesiredLink>();
  for (const { driver, ifindex, pendingPower } of world.devices.switching.of('switching')) {
    if (driver !== ethernetDriver || ifindex === undefined || pendingPower === undefined) continue;
    links.set(ifindex, { ifindex, up: pendingPower });
  }
  const asked = new Map(
    shares.map(({ ifindex, contributions }) => [ifindex, contributions.find((one) => one.mtu > 0)?.mtu]),
  );
  for (const ifindex of new Set([...asked.keys(), ...world.linkStates.keys()])) {
    const mtu = desiredMtu(world, ifindex, asked.get(ifindex));
    if (mtu !== undefined) links.set(ifindex, { ifindex, ...links.get(ifindex), mtu });
  }
  return [...links.values()];
}

function desiredMtu(world: World, ifindex: number, asked: number | undefined): number | undefined {
  const state = linkStateOf(world, ifindex);
  const { originalMtu } = state;
  const current = world.observed.links.get(ifindex)?.mtu ?? 0;
  if (asked === undefined) {
    // Given back once; what an administrator sets afterwards stands.
    if (originalMtu !== 0 && current === originalMtu) world.linkStates.set(ifindex, { ...state, originalMtu: 0 });
    return originalMtu || undefined;
  }
  // A server can make packets smaller, not larger than the link was set up for: the rest of the wire may not carry them.
  const ceiling = originalMtu || current;
  if (originalMtu === 0) world.linkStates.set(ifindex, { ...state, originalMtu: current });
  return ceiling > 0 ? Math.min(asked, ceiling) : asked;
}

export function kernelDeadlines({ pendingChanges, linkStates: { resets, solicitations }, now }: World): Moments {
  return [pendingChanges.deadline(), resets.next(now), solicitations.next(now)];
}

/** With two uplinks an answer may come by the other one: strict source checks are loosened meanwhile (rule 107). */
function configureReversePath(turn: Turn): void {
  const { world } = turn;
  const path = 'net/ipv4/conf/all/rp_filter';
  const uplinks = world.services.uplinks4.size(4);
  if (uplinks > 1 === world.handedOut.has(path)) return;
  if (uplinks > 1) {
    world.handedOut.set(path, '2');
    turn.emit({ kind: 'sysctl', path, value: '2' });
  } else {
    world.handedOut.delete(path);
    turn.emit({ kind: 'sysctl-restore', path });
  }
}
