/** Stage: which links are managed devices, as the kernel and the filters say. */
import { type DeviceId, ethernetDeviceId, ethernetDriver, type NetworkId } from '@connman/contracts';
import type { LinkFact } from '@connman/netlink';
import { isNamed, loopback, unmanagedReason } from '../model/device/filter';
import { ethernetDevice } from '../model/network/ethernet';
import { isPortOfOurs } from '../model/tethering/tethering';
import type { Turn } from '../turn';
import { technologyOf } from '../world';

export function manageDevices(turn: Turn): void {
  const { world } = turn;
  const recent = world.recent.links.keys();
  for (const ifindex of recent) if (!world.observed.links.has(ifindex)) forgetLinkOf(turn, ifindex);
  for (const ifindex of recent) {
    const link = world.observed.links.get(ifindex);
    if (link) judge(turn, link);
  }
}

function forgetLinkOf(turn: Turn, ifindex: number): void {
  const { world } = turn;
  world.driverLinks.delete(ifindex);
  if (!world.verdicts.delete(ifindex)) return;
  world.linkStates.delete(ifindex);
  forgetDevice(turn, ethernetDeviceId(ifindex));
}

function judge(turn: Turn, link: LinkFact): void {
  const { world } = turn;
  const before = world.verdicts.get(link.ifindex);
  if (before?.link === link) return;
  const deviceType = world.settledLinks.get(link.ifindex);
  if (deviceType === undefined) return;
  const isPort =
    link.master !== 0 && link.master === world.tethering.bridge && isPortOfOurs(world.tethering, link.name);
  // A port of the bridge of a shared connection is a device as before.
  const driver = world.driverLinks.get(link.ifindex);
  const reason =
    driver === undefined
      ? unmanagedReason(isPort ? { ...link, master: 0 } : link, deviceType, world.config.filter)
      : `carries a network of ${driver}`;
  world.verdicts.set(link.ifindex, { link, reason });
  // Rule 117: with the link up the kernel gives it 127.0.0.1 and ::1; later it is its user's.
  if (!before && link.hardwareType === loopback && !link.up)
    turn.emit({ kind: 'change', change: { kind: 'set-link', ifindex: link.ifindex, up: true } });
  if (reason === undefined) manage(turn, link, deviceType);
  else if (before?.reason !== reason) leaveAlone(turn, link, reason);
}

/** A device is gone, and its networks with it. */
export function forgetDevice(turn: Turn, id: DeviceId): void {
  const { world } = turn;
  for (const network of world.networks.byDevice.of(id)) loseNetwork(turn, network.id);
  world.devices.delete(id);
  world.scanning.delete(id);
}

export function loseNetwork(turn: Turn, id: NetworkId): void {
  const { networks, devices } = turn.world;
  const network = networks.get(id);
  if (!network || !networks.delete(id)) return;
  turn.lostNetworks.add(id);
  // The driver of wired 802.1X does not notice that a cable is out.
  const isAuthenticated = network.link.kind !== 'up' || network.link.attempt !== 0;
  const isCable = devices.get(network.device)?.driver === ethernetDriver;
  if (isCable && isAuthenticated)
    turn.emit({ kind: 'technology', driver: ethernetDriver, command: { kind: 'dissociate', network: id } });
}

function leaveAlone(turn: Turn, link: LinkFact, reason: string): void {
  const { world } = turn;
  if (world.devices.has(ethernetDeviceId(link.ifindex))) {
    world.linkStates.delete(link.ifindex);
    forgetDevice(turn, ethernetDeviceId(link.ifindex));
  }
  // A device of a driver's is managed by that.
  const isNews = isNamed(link.name, world.config.filter) && (world.settledLinks.get(link.ifindex) ?? '') === '';
  turn.log(isNews ? 'warning' : 'debug', `${link.name}: not managed: it ${reason}`);
}

function manage(turn: Turn, link: LinkFact, deviceType: string): void {
  const { world } = turn;
  const fact = ethernetDevice(link, deviceType);
  const known = world.devices.get(fact.id);
  const isSameLink = known?.ident === fact.ident && known.interfaceName === fact.interfaceName;
  if (isSameLink && known.powered === fact.powered) return;
  const { wanted } = technologyOf(world, fact.type);
  const pendingPower = known ? known.pendingPower : wanted;
  world.devices.set(fact.id, { ...fact, driver: ethernetDriver, pendingPower });
  if (!isSameLink) turn.log('info', known ? `${link.name}: managed under its new name` : `${link.name}: managed`);
}
