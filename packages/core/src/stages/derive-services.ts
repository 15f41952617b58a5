/** Stage: networks that can be used are services; networks with one service identifier are one service. */
import type { NetworkId } from '@connman/contracts';
import type { EngineConfig } from '../model/config';
import type { Network } from '../model/network/network';
import { idleFamilies, linkOf, type Service } from '../model/service/service';
import type { ServiceSettings } from '../model/service/settings';
import { kindOf } from '../model/technology/kinds';
import type { Turn } from '../turn';
import type { World } from '../world';
import { withdraw } from './lifecycle';

export function deriveServices(turn: Turn): void {
  const { world } = turn;
  const recent = world.recent.services.keys();
  for (const id of recent) follow(turn, id, reachableNetworks(world, id));
  for (const id of recent) {
    if (!world.services.has(id)) derive(turn, id, reachableNetworks(world, id));
  }
  for (const network of turn.shakenNetworks) {
    for (const service of world.services.byNetwork.of(network)) confirmLease(turn, service);
  }
}

/** The networks of a service whose devices are to stay on. */
function reachableNetworks({ devices, networks }: World, serviceId: string): Network[] {
  return networks.byService.of(serviceId).filter(({ device }) => {
    const known = devices.get(device);
    return known !== undefined && known.pendingPower !== false;
  });
}

function follow(turn: Turn, id: string, reachable: readonly Network[]): void {
  const service = turn.world.services.get(id);
  if (!service) return;
  const networks = idsOf(reachable);
  // The name of a hidden network becomes known, and it is hidden no more: seek-hidden.ts hands over.
  if (isGone(turn, service, networks) && !service.connection?.seeks) return withdraw(turn, service);
  const best = strongest(reachable);
  const strength = best?.strength ?? 0;
  // A modem learns its operator's name after it is registered, and roams to another's.
  const name = best?.name || service.name;
  const isSame = networks.length === service.networks.length && networks.every((one, i) => one === service.networks[i]);
  if (!isSame || strength !== service.strength || name !== service.name)
    turn.put({ ...service, networks, strength, name });
}

function derive(turn: Turn, id: string, reachable: readonly Network[]): void {
  const network = strongest(reachable);
  if (!network || isTooWeak(turn.world, network)) return;
  turn.put(newService(turn.world, network, idsOf(reachable)));
  turn.arrivals.add(id);
}

const idsOf = (networks: readonly Network[]): NetworkId[] => networks.map(({ id }) => id);

/** No network is left; or the one in use is lost, and the service of its kind goes with it, though it may be back at once. */
function isGone({ lostNetworks }: Turn, service: Service, networks: readonly NetworkId[]): boolean {
  if (networks.length === 0) return true;
  if (kindOf(service.type).lossEnds !== 'service') return false;
  const main = service.connection?.network ?? service.networks[0];
  return main === undefined || lostNetworks.has(main) || !networks.includes(main);
}

/** The link was away for a moment; should it lead elsewhere now, the server will say so. */
function confirmLease(turn: Turn, service: Service): void {
  const ifindex = linkOf(service);
  if (ifindex === undefined) return;
  const { dhcpClients, dhcp6Clients } = turn.world;
  if (dhcpClients.has(ifindex)) turn.emit({ kind: 'dhcp-renew', ifindex, family: 4 });
  if (dhcp6Clients.has(ifindex)) turn.emit({ kind: 'dhcp-renew', ifindex, family: 6 });
}

function strongest(networks: readonly Network[]): Network | undefined {
  let best: Network | undefined;
  for (const network of networks) if (!best || (network.strength ?? 0) > (best.strength ?? 0)) best = network;
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
    ...(world.locks.has(network.serviceId) && { isLocked: true }),
    families: idleFamilies,
    state: 'idle',
    hasUplink: false,
  };
}

/** Rule 65. */
export function defaultSettings(config: EngineConfig, { type, wifi }: Network): ServiceSettings {
  const { newServices, hidesAddress, isPeer } = kindOf(type);
  const { macAddressPolicy } = config;
  const byConfiguration = {
    favorite: config.defaultFavoriteTechnologies.includes(type),
    autoConnect: config.defaultAutoConnectTechnologies.includes(type),
  };
  return {
    ...(newServices === 'by-configuration' ? byConfiguration : newServices),
    modified: 0,
    ipv4: { method: 'dhcp' },
    ipv6: { method: isPeer ? 'off' : 'auto', privacy: 'disabled' },
    nameservers: [],
    timeservers: [],
    domains: [],
    mdns: false,
    ...(hidesAddress && macAddressPolicy !== 'permanent' && { macAddressPolicy }),
    ...(wifi && { access: { ssid: wifi.ssid } }),
  };
}
