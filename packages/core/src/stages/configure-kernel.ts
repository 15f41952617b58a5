/** Stage: the kernel's configuration. Composes what the services bring, plans the way there, sends what is due. */
import { after } from '@connman/base';
import { ethernetDriver } from '@connman/contracts';
import { type LinkState, resetMs, untouchedLink } from '../model/device/link-state';
import { composeAddresses, composeRoutes, type ServiceShare } from '../model/ipconfig/compose';
import type { Desired, DesiredLink } from '../model/ipconfig/desired';
import { adopt, type Change, linkOf as linkOfChange, plan } from '../model/ipconfig/plan';
import { composeReplies } from '../model/ipconfig/replies';
import { composeUserRoutes } from '../model/ipconfig/user-routes';
import { linkOf } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import type { Moments, Turn } from '../turn';
import { linkStateOf, placeOf, type World } from '../world';
import { configureIpv6 } from './ipv6-mode';
import { desiredPrivateNetworks } from './private-networks';
import { desiredSharing, wantsBridge } from './share-connection';
import { advertisedLinks, sharesOf, waysToServers } from './shares';

export function configureKernel(turn: Turn): void {
  const { world } = turn;
  if (!world.synced) return;
  configureIpv6(turn);
  // What a former run did for its tunnels stands until they are known again: their traffic goes on.
  if (world.awaitedTunnels.size > 0) return;
  const again = world.pendingChanges.deadline();
  const isDue = again !== undefined && again <= world.now;
  if (world.recent.links.isEmpty && !isDue && !wantsBridge(world)) return;
  const desired = desiredOf(turn);
  world.desired = desired;
  for (const key of adopt(desired, world.observed)) world.adopted.add(key);
  const changes = plan(desired, world.observed, world.adopted).filter((change) => !isTooEarly(world, change));
  for (const key of world.adopted) {
    const { addresses, routes, rules } = world.observed;
    if (!addresses.has(key) && !routes.has(key) && !rules.has(key)) world.adopted.delete(key);
  }
  for (const change of world.pendingChanges.due(changes, world.now)) {
    world.pendingChanges.sent(change, world.now);
    turn.emit({ kind: 'change', change });
    if (change.kind === 'add-bridge') world.tethering.isBridgeAsked = true;
    if (change.kind === 'set-link' && change.mtu !== undefined) expectReset(world, change.ifindex);
  }
  configureReversePath(turn);
}

/**
 * What a former run left on a link stands until its driver knows the network, and while its cable is authenticated again: an
 * authorised port stays so meanwhile.
 */
function isTooEarly(world: World, change: Change): boolean {
  const ifindex = linkOfChange(change);
  const isRemoval = change.kind === 'remove-address' || change.kind === 'remove-route' || change.kind === 'remove-rule';
  if (!isRemoval || !world.adoptable.has(ifindex)) return false;
  if (world.awaitedLinks.has(ifindex)) return true;
  return world.services.byPhase
    .of('joining')
    .some((service) => kindOf(service.type).lossEnds === 'service' && placeOf(world, service) === ifindex);
}

function expectReset(world: World, ifindex: number): void {
  world.linkStates.set(ifindex, { ...linkStateOf(world, ifindex), resetUntil: after(world.now, resetMs) });
}

function desiredOf(turn: Turn): Desired {
  const { world } = turn;
  const shares = sharesOf(world);
  const routes = [
    ...waysToServers(world, shares),
    ...composeRoutes(shares, advertisedLinks(world)),
    ...composeUserRoutes(world.observed, shares),
  ];
  const sharing = desiredSharing(world);
  const tunnels = desiredPrivateNetworks(world);
  const users = world.userRoutes.flatMap(({ uid, service: id }) => {
    const service = world.services.get(id);
    const ifindex = service && linkOf(service);
    return ifindex === undefined ? [] : [{ uid, ifindex }];
  });
  const replies = composeReplies(world.observed, shares, users);
  return {
    ...(sharing.bridge && { bridge: sharing.bridge }),
    links: [...desiredLinks(turn, shares), ...sharing.links, ...tunnels.links],
    addresses: [...composeAddresses(shares), ...sharing.addresses, ...tunnels.addresses],
    routes: [...routes, ...sharing.routes, ...replies.routes],
    rules: replies.rules,
  };
}

function desiredLinks(turn: Turn, shares: readonly ServiceShare[]): DesiredLink[] {
  const { world } = turn;
  const links = new Map<number, DesiredLink>();
  for (const { driver, ifindex, pendingPower } of world.devices.switching.of('switching')) {
    if (driver !== ethernetDriver || ifindex === undefined || pendingPower === undefined) continue;
    links.set(ifindex, { ifindex, up: pendingPower });
  }
  for (const service of world.services.byPhase.of('joined')) {
    const ifindex = linkOf(service);
    if (ifindex !== undefined && kindOf(service.type).linksComeDown) links.set(ifindex, { ifindex, up: true });
  }
  const asked = new Map<number, number>();
  for (const { ifindex, contributions } of shares) {
    const mtu = contributions.find((one) => one.mtu > 0)?.mtu;
    if (mtu !== undefined) asked.set(ifindex, mtu);
  }
  const borrowed = world.linkStates.borrowed.entries('mtu').map(([ifindex]) => ifindex);
  for (const ifindex of new Set([...asked.keys(), ...borrowed])) {
    const mtu = desiredMtu(turn, ifindex, asked.get(ifindex));
    if (mtu !== undefined) links.set(ifindex, { ifindex, ...links.get(ifindex), mtu });
  }
  return [...links.values()];
}

function desiredMtu(turn: Turn, ifindex: number, asked: number | undefined): number | undefined {
  const { observed, verdicts, linkStates } = turn.world;
  const { mtu } = linkStates.get(ifindex) ?? untouchedLink;
  const current = observed.links.get(ifindex)?.mtu ?? 0;
  if (asked === undefined) {
    // At the start it is not known yet what will be asked.
    if (!mtu || !verdicts.has(ifindex)) return undefined;
    // Given back once; what an administrator sets afterwards stands.
    if (current === mtu.before) borrowMtu(turn, ifindex, undefined);
    return mtu.before;
  }
  // A server can make packets smaller, not larger than the link was set up for: the rest of the wire may not carry them.
  const before = mtu?.before ?? current;
  const ours = before > 0 ? Math.min(asked, before) : asked;
  if (ours !== (mtu?.ours ?? before)) borrowMtu(turn, ifindex, { before, ours });
  return ours;
}

function borrowMtu(turn: Turn, ifindex: number, mtu: LinkState['mtu']): void {
  const { world } = turn;
  const { mtu: _, ...rest } = linkStateOf(world, ifindex);
  world.linkStates.set(ifindex, { ...rest, ...(mtu && { mtu }) });
  turn.emit({ kind: 'keep-mtu', ifindex, ...(mtu && { mtu }) });
}

export function kernelDeadlines({ pendingChanges, linkStates: { resets, solicitations }, now }: World): Moments {
  return [pendingChanges.deadline(), resets.next(now), solicitations.next(now)];
}

/**
 * With two uplinks an answer may come by the other one: strict source checks are loosened meanwhile (rule 107). The kernel goes by
 * the higher of a link's own setting and that of all; where both are 0 nothing is checked, and stays so.
 */
function configureReversePath(turn: Turn): void {
  const { services, observed, loosened } = turn.world;
  const uplinks = services.uplinks4.of(4);
  const names = uplinks.flatMap((service) => observed.links.get(linkOf(service) ?? 0)?.name ?? []);
  const wanted = new Set(uplinks.length > 1 ? ['all', ...names].map((name) => `net/ipv4/conf/${name}/rp_filter`) : []);
  for (const path of loosened) {
    if (wanted.has(path)) continue;
    loosened.delete(path);
    turn.emit({ kind: 'sysctl-restore', path });
  }
  for (const path of wanted) {
    if (loosened.has(path)) continue;
    loosened.add(path);
    turn.emit({ kind: 'sysctl-borrow', path, value: '2', instead: '1' });
  }
}
