/** What the bus shows of the world at one moment. */
import { networkId } from '@connman/contracts';
import { bool, str, type Variant } from '@connman/dbus';
import { clockProperties } from '../../model/clock/bus-properties';
import { clockOf } from '../../model/clock/clock';
import { managerProperties } from '../../model/manager/bus-properties';
import { type ServicePlace, serviceProperties } from '../../model/service/bus-properties';
import { isConnected, type Service, servicePath } from '../../model/service/service';
import { technologyProperties } from '../../model/technology/bus-properties';
import { technologyPath } from '../../model/technology/technology';
import { servicesOf } from '../../turn';
import { isHardBlocked, placeOf, type World } from '../../world';

export type PropertyMap = ReadonlyMap<string, Variant>;

export interface Snapshot {
  readonly manager: PropertyMap;
  readonly clock: PropertyMap;
  /** By object path. */
  readonly technologies: ReadonlyMap<string, PropertyMap>;
  /** By object path, in service order. */
  readonly services: ReadonlyMap<string, PropertyMap>;
}

/** What is shown before the first turn. */
export const emptySnapshot: Snapshot = {
  manager: new Map([
    ['State', str('idle')],
    ['OfflineMode', bool(false)],
    ['SessionMode', bool(false)],
  ]),
  clock: clockProperties(clockOf({})),
  technologies: new Map(),
  services: new Map(),
};

/** A service's properties, and what they were made of beside the service. */
interface Kept extends ServicePlace {
  readonly version: number;
  readonly properties: PropertyMap;
}

/** Makes snapshots; a service that has not changed keeps its properties, the same object. */
export class Snapshots {
  private readonly kept = new WeakMap<Service, Kept>();

  of(world: World): Snapshot {
    const services = new Map<string, PropertyMap>();
    const inOrder = servicesOf(world);
    const main = inOrder.find(({ state }) => isConnected(state));
    for (const service of inOrder) {
      services.set(servicePath(service.id), this.propertiesOf(world, service, service === main));
    }
    const technologies = new Map<string, PropertyMap>();
    const types = new Set([...world.devices.values()].map((device) => device.type));
    for (const technology of world.technologies.values()) {
      if (!types.has(technology.type) || isHardBlocked(world, technology.type)) continue;
      technologies.set(technologyPath(technology.type), technologyProperties(technology, world.services.values()));
    }
    return { manager: managerProperties(world), clock: clockProperties(world.clock), technologies, services };
  }

  private propertiesOf(world: World, service: Service, isDefault: boolean): PropertyMap {
    const ifindex = placeOf(world, service);
    const network = world.networks.get(service.connection?.network ?? service.networks[0] ?? networkId(''));
    const version = ifindex === undefined ? 0 : (world.observed.versions.get(ifindex) ?? 0);
    const kept = this.kept.get(service);
    const isSame = kept?.version === version && kept.ifindex === ifindex && kept.network === network;
    if (isSame && kept.isDefault === isDefault) return kept.properties;
    const properties = serviceProperties(service, world.observed, { ifindex, network, isDefault });
    this.kept.set(service, { version, ifindex, network, isDefault, properties });
    return properties;
  }
}
