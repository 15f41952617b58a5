/** Stage: networks that can be used are services; networks with one service identifier are one service. */
import type { NetworkId } from '@connman/contracts';
import type { EngineConfig } from '../model/config';
import type { Network } from '../model/network/network';
import { idleFamilies, linkOf, type Service, type ServiceSettings } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import type { Turn } from '../turn';
import type { World } from '../world';
import { withdraw } from './lifecycle';

export function deriveServices(turn: Turn): void {
  const { world } = turn;
  const reachable = reachableNetworks(world);
  for (const service of [...world.services.values()]) {
    const networks = reachable.get(service.id) ?? [];
    if (isGone(turn, service, networks)) {
      withdraw(turn, service);
      continue;
    }
    const strength = strongest(world, networks)?.strength ?? 0;
    const isSame = networks.length === service.networks.length && networks.every((id, i) => id === service.networks[i]);
    if (!isSame || strength !== service.strength) turn.put({ ...service, networks, strength });
    const ifindex = linkOf(service);
    const used = service.connection?.network;
    if (ifindex !== undefined && used && turn.shakenNetworks.has(used)) confirmLease(turn, ifindex);
  }
  for (const [id, networks] of reachable) {
    if (world.services.has(id)) continue;
    const network = strongest(world, networks);
    if (!network || isTooWeak(world, network)) continue;
    turn.put(newService(world, network, networks));
    turn.arrivals.add(id);
  }
}

function reachableNetworks(world: World): Map<string, NetworkId[]> {
  const reachable = new Map<string, NetworkId[]>();
  for (const network of world.networks.values()) {
    const device = world.devices.get(network.device);
    if (!device || device.pendingPower === false) continue;
    const known = reachable.get(network.serviceId);
    if (known) known.push(network.id);
    else reachable.set(network.serviceId, [network.id]);
  }
  return reachable;
}

/** No network is left; or the one in use is lost, and the service of its kind goes with it, though it may be back at once. */
function isGone({ lostNetworks }: Turn, service: Service, networks: readonly NetworkId[]): boolean {
  if (networks.length === 0) return true;
  if (kindOf(service.type).lossEnds !== 'service') return false;
  const main = service.connection?.network ?? service.networks[0];
  return main === undefined || lostNetworks.has(main) || !networks.includes(main);
}

/** The link was away for a moment; should it lead elsewhere now, the server will say so. */
function confirmLease(turn: Turn, ifindex: number): void {
  if (turn.world.dhcpClients.has(ifindex)) turn.emit({ kind: 'dhcp-renew', ifindex, family: 4 });
}

function strongest(world: World, networks: readonly NetworkId[]): Network | undefined {
  let best: Network | undefined;
  for (const id of networks) {
    const network = world.networks.get(id);
    if (network && (!best || (network.strength ?? 0) > (best.strength ?? 0))) best = network;
  }
  return best;
}

/** A network of the user's is shown however weak it is. */
function isTooWeak(world: World, { type, serviceId, strength }: Network): boolean {
  if (strength === undefined || world.storedServices.get(serviceId)?.favorite) return false;
  return strength < kindOf(type).minStrength;
}

function newService(world: World, network: Network, networks: readonly NetworkId[]): Service {
  const { config, storedServices } = world;
  const known = storedServices.get(network.serviceId);
  return {
    id: network.serviceId,
    type: network.type,
    name: network.name,
    networks,
    strength: network.strength ?? 0,
    settings: known ?? defaultSettings(config, network),
    stored: known !== undefined,
    error: '',
    failures: 0,
    ignore: false,
    families: idleFamilies,
    state: 'idle',
    hasUplink: false,
  };
}

/** Rule 65. */
export function defaultSettings(config: EngineConfig, { type, wifi }: Network): ServiceSettings {
  const { newServices } = kindOf(type);
  const byConfiguration = {
    favorite: config.defaultFavoriteTechnologies.includes(type),
    autoConnect: config.defaultAutoConnectTechnologies.includes(type),
  };
  return {
    ...(newServices === 'by-configuration' ? byConfiguration : newServices),
    modified: 0,
    ipv4: { method: 'dhcp' },
    ipv6: { method: 'auto', privacy: 'disabled' },
    nameservers: [],
    timeservers: [],
    domains: [],
    mdns: false,
    ...(wifi && { access: { ssid: wifi.ssid } }),
  };
}
