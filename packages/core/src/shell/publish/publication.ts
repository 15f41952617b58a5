/**
 * What clients know, brought up to date after each turn; costs what changed. The map of services stays the same one while their
 * order does.
 */
import { networkId, type SecretRef } from '@connman/contracts';
import { clockProperties } from '../../model/clock/bus-properties';
import type { ClockState } from '../../model/clock/clock';
import { managerProperties } from '../../model/manager/bus-properties';
import { peerPath, peerProperties } from '../../model/service/bus-peer';
import { serviceProperties } from '../../model/service/bus-properties';
import { isConnected, type Service, servicePath } from '../../model/service/service';
import { technologyProperties } from '../../model/technology/bus-properties';
import { technologyPath } from '../../model/technology/technology';
import { privateNetworkSettings } from '../../model/tethering/bus-private-network';
import { privateNetworkPath } from '../../model/tethering/private-network';
import { isShared, tetheringClients } from '../../model/tethering/tethering';
import { servicesOf } from '../../turn';
import { isHardBlocked, placeOf, recentServices, type World } from '../../world';
import { type Announcement, changedProperties, changedServices, difference } from './difference';
import { emptySnapshot, noPeers, type PropertyMap, type Snapshot } from './snapshot';

/** The text of a secret that clients may read. */
type Reveal = (secret: SecretRef) => string;

export class Publication {
  private readonly reveal: Reveal;
  snapshot: Snapshot = emptySnapshot;
  private order: readonly string[] | undefined;
  private main: Service | undefined;
  private clock: ClockState | undefined;
  /** What of each link every service on it shows, connected or not. */
  private readonly links = new Map<number, string>();

  constructor(reveal: Reveal) {
    this.reveal = reveal;
  }

  /** The signals that tell what has changed since the last time. */
  update(world: World): Announcement[] {
    const before = this.snapshot;
    const main = this.mainOf(world);
    const changed = this.order ? this.changedServices(world, main) : servicesOf(world);
    const isSameOrder = this.order === world.order;
    const services = isSameOrder ? (before.services as Map<string, PropertyMap>) : new Map<string, PropertyMap>();
    // Clients hear of a service once it has its place in the order.
    const shown = isSameOrder ? changed.filter(({ id }) => services.has(servicePath(id))) : changed;
    const properties = (service: Service) => propertiesOf(world, service, service === main);
    const fresh = shown.map((service) => [servicePath(service.id), properties(service)] as const);
    const said = isSameOrder ? replaced(services, fresh) : this.reordered(world, services, new Map(fresh), properties);
    this.snapshot = {
      manager: managerProperties(world),
      clock: this.clock === world.clock ? before.clock : clockProperties(world.clock),
      technologies: technologiesOf(world, this.reveal),
      tetheringClients: tetheringClients(world.tethering),
      privateNetworks: privateNetworksOf(world),
      services,
      peers: peersOf(world),
    };
    this.clock = world.clock;
    this.order = world.order;
    this.main = main;
    return difference(before, this.snapshot, said);
  }

  /** Fills `services` in the world's order. */
  private reordered(
    world: World,
    services: Map<string, PropertyMap>,
    fresh: ReadonlyMap<string, PropertyMap>,
    propertiesOf: (service: Service) => PropertyMap,
  ): Announcement[] {
    const before = this.snapshot.services;
    for (const id of world.order) {
      const path = servicePath(id);
      const service = world.services.get(id);
      // One that came while the order waited (flow.ts) may not be recent any more.
      const known = fresh.get(path) ?? before.get(path) ?? (service && propertiesOf(service));
      if (known) services.set(path, known);
    }
    return [...changedServices(before, services)];
  }

  /** The first connected service; connected ones stand first, but for those of a former run. */
  private mainOf({ order, services }: World): Service | undefined {
    if (services.connected.names().length === 0) return undefined;
    for (const id of order) {
      const service = services.get(id);
      if (service && isConnected(service.state)) return service;
    }
    return undefined;
  }

  /** Services whose properties may differ from those of the last snapshot. */
  private changedServices(world: World, main: Service | undefined): Service[] {
    const changed = new Set(recentServices(world).map(({ id }) => id));
    if (main?.id !== this.main?.id) for (const one of [main, this.main]) if (one) changed.add(one.id);
    for (const ifindex of world.recent.links.keys()) {
      const link = world.observed.links.get(ifindex);
      const shown = link ? `${link.name} ${link.mac} ${link.mtu}` : '';
      if (this.links.get(ifindex) === shown) continue;
      if (link) this.links.set(ifindex, shown);
      else this.links.delete(ifindex);
      for (const id of servicesOnLink(world, ifindex)) changed.add(id);
    }
    return [...changed].flatMap((id) => world.services.get(id) ?? []);
  }
}

/** Those that go by the link, or would go by it. */
function* servicesOnLink({ devices, networks, services }: World, ifindex: number): Generator<string> {
  for (const { id } of services.byLink.of(ifindex)) yield id;
  for (const device of devices.byLink.of(ifindex)) {
    for (const { serviceId } of networks.byDevice.of(device.id)) yield serviceId;
  }
}

function propertiesOf(world: World, service: Service, isDefault: boolean): PropertyMap {
  const network = world.networks.get(service.connection?.network ?? service.networks[0] ?? networkId(''));
  const ifindex = placeOf(world, service);
  const hasMulticastNames = ifindex !== undefined && world.multicastNames.has(ifindex);
  return serviceProperties(service, world.observed, { ifindex, network, isDefault, hasMulticastNames });
}

/** Puts new properties in the place of those that clients know; says what differs. */
function replaced(
  services: Map<string, PropertyMap>,
  fresh: readonly (readonly [path: string, properties: PropertyMap])[],
): Announcement[] {
  return fresh.flatMap(([path, properties]) => {
    const known = services.get(path);
    services.set(path, properties);
    return known ? [...changedProperties('service', path, known, properties)] : [];
  });
}

/** There are few, and they change seldom. */
function peersOf({ services, networks }: World): Snapshot['peers'] {
  if (services.peers.names().length === 0) return noPeers;
  const all = services.peers.names().flatMap((name) => services.peers.of(name));
  return new Map(
    all.map((peer) => {
      const network = networks.get(peer.connection?.network ?? peer.networks[0] ?? networkId(''));
      return [peerPath(peer.id), peerProperties(peer, network)];
    }),
  );
}

function privateNetworksOf({ tethering, config }: World): Map<string, PropertyMap> {
  const networks = new Map<string, PropertyMap>();
  for (const one of tethering.privateNetworks.values()) {
    const settings = privateNetworkSettings(one, config);
    if (settings) networks.set(privateNetworkPath(one.interfaceName), settings);
  }
  return networks;
}

function technologiesOf(world: World, reveal: Reveal): Map<string, PropertyMap> {
  const technologies = new Map<string, PropertyMap>();
  for (const technology of world.technologies.values()) {
    const { type } = technology;
    if (world.devices.byType.size(type) === 0 || isHardBlocked(world, type)) continue;
    technologies.set(
      technologyPath(type),
      technologyProperties(
        technology,
        world.services.connected.size(type) > 0,
        isShared(world.tethering, type),
        reveal,
      ),
    );
  }
  return technologies;
}
