/** Stage: a cable in an Ethernet device is a network that is up (ConnMan rule 81). */
import { cableId, ethernetDriver } from '@connman/contracts';
import type { Device } from '../model/device/device';
import { isResetting } from '../model/device/link-state';
import { cableOf } from '../model/network/ethernet';
import type { Turn } from '../turn';
import { linkStateOf } from '../world';
import { giveUpLeftovers } from './adopt';
import { loseNetwork } from './manage-devices';

export function observeCables(turn: Turn): void {
  const { devices, linkStates, recent } = turn.world;
  // A card that begins again is looked at again when its time is up.
  for (const ifindex of new Set([...recent.links.keys(), ...linkStates.resets.due(turn.world.now)])) {
    for (const device of devices.byLink.of(ifindex)) {
      if (device.driver === ethernetDriver) observeCable(turn, device, ifindex);
    }
  }
}

function observeCable(turn: Turn, device: Device, ifindex: number): void {
  const { world } = turn;
  const id = cableId(ifindex);
  const link = world.observed.links.get(ifindex);
  const isUsable = link?.up === true && device.pendingPower !== false && !world.tethering.ports.has(ifindex);
  // The card only begins again with its new MTU: the cable is still in.
  const isShaken = world.networks.has(id) && isResetting(linkStateOf(world, ifindex), world.now);
  const isIn = isUsable && (link.carrier || isShaken);
  // A cable that was out for a moment may lead to another network now.
  const wasOut = turn.lostCarriers.has(ifindex) && !isShaken;
  if (world.networks.has(id) && (!isIn || wasOut)) loseNetwork(turn, id);
  const known = world.networks.get(id);
  const network = isIn ? cableOf(device, ifindex) : undefined;
  if (network && known?.serviceId !== network.serviceId) world.networks.set(id, network);
  if (known && turn.foundCarriers.has(ifindex)) turn.shakenNetworks.add(id);
  if (world.adoptable.has(ifindex) && (!isIn || wasOut)) {
    giveUpLeftovers(world, ifindex, cableOf(device, ifindex).serviceId);
  }
}
