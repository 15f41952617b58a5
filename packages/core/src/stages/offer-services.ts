/** Stage: each managed Ethernet device with a cable in it offers a service; without one the service is gone (rule 81). */

import type { EngineConfig } from '../model/config';
import { isResetting, serviceIdOf } from '../model/device/device';
import type { Service, ServiceSettings } from '../model/service/service';
import type { Turn } from '../turn';
import { giveUpLeftovers } from './adopt';
import { withdraw } from './lifecycle';

export function offerServices(turn: Turn): void {
  const { world } = turn;
  const offered = new Map<string, number>();
  for (const device of world.devices.values()) {
    const link = world.observed.links.get(device.ifindex);
    if (!link?.up || device.pendingPower === false) continue;
    const id = serviceIdOf(device);
    // The cable is still in: the card only begins anew with its new MTU.
    const isKept = isResetting(device, world.now) && world.services.get(id)?.ifindex === device.ifindex;
    if (!link.carrier && !isKept) continue;
    // Two links with one MAC address would be one service: the first has it.
    if (!offered.has(id)) offered.set(id, device.ifindex);
  }
  for (const service of [...world.services.values()]) {
    const device = world.devices.get(service.ifindex);
    // A cable that was out for a moment may lead to another network now.
    const wasOut = turn.lostCarriers.has(service.ifindex) && !isResetting(device, world.now);
    if (offered.get(service.id) === service.ifindex && !wasOut) {
      if (turn.foundCarriers.has(service.ifindex)) askAgain(turn, service);
      continue;
    }
    withdraw(turn, service, device ? `no carrier on ${device.interfaceName}` : 'its link is gone');
  }
  for (const device of world.devices.values()) {
    const { ifindex } = device;
    if (!world.adoptable.has(ifindex)) continue;
    if (offered.get(serviceIdOf(device)) !== ifindex || turn.lostCarriers.has(ifindex)) giveUpLeftovers(world, device);
  }
  for (const [id, ifindex] of offered) {
    if (world.services.has(id)) continue;
    turn.put(newService(turn, id, ifindex));
    turn.arrivals.add(id);
  }
}

/** The carrier of a card that began anew is back; should the cable have been changed just then, the server will say so. */
function askAgain(turn: Turn, { ifindex }: Service): void {
  if (turn.world.dhcpClients.has(ifindex)) turn.emit({ kind: 'dhcp-renew', ifindex });
}

function newService(turn: Turn, id: string, ifindex: number): Service {
  const { config, storedServices } = turn.world;
  const known = storedServices.get(id);
  return {
    id,
    type: 'ethernet',
    name: 'Wired',
    ifindex,
    settings: known ?? defaultSettings(config),
    stored: known !== undefined,
    error: '',
    failures: 0,
    leaving: false,
    ignore: false,
    ipv4State: 'idle',
    ipv6State: 'idle',
    state: 'idle',
    pending: [],
    hasUplink: false,
  };
}

/** Rule 65. */
function defaultSettings(config: EngineConfig): ServiceSettings {
  return {
    favorite: config.defaultFavoriteTechnologies.includes('ethernet'),
    autoConnect: config.defaultAutoConnectTechnologies.includes('ethernet'),
    modified: 0,
    ipv4: { method: 'dhcp' },
    ipv6: { method: 'auto', privacy: 'disabled' },
    nameservers: [],
    timeservers: [],
    domains: [],
    mdns: false,
  };
}
