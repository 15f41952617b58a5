/** What the bus shows of the world at one moment. */
import { bool, str, type Variant } from '@connman/dbus';
import { managerProperties } from '../../model/manager/bus-properties';
import { serviceProperties } from '../../model/service/bus-properties';
import { type Service, servicePath } from '../../model/service/service';
import { technologyProperties } from '../../model/technology/bus-properties';
import { technologyPath } from '../../model/technology/technology';
import { servicesOf } from '../../turn';
import type { World } from '../../world';

export type PropertyMap = ReadonlyMap<string, Variant>;

export interface Snapshot {
  readonly manager: PropertyMap;
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
  technologies: new Map(),
  services: new Map(),
};

/** Makes snapshots; a service that has not changed keeps its properties, the same object. */
export class Snapshots {
  private readonly kept = new WeakMap<Service, { readonly version: number; readonly properties: PropertyMap }>();

  of(world: World): Snapshot {
    const services = new Map<string, PropertyMap>();
    for (const service of servicesOf(world)) services.set(servicePath(service.id), this.propertiesOf(world, service));
    const technologies = new Map<string, PropertyMap>();
    if (world.devices.size > 0)
      technologies.set(
        technologyPath(world.technology.type),
        technologyProperties(world.technology, world.services.values()),
      );
    return { manager: managerProperties(world), technologies, services };
  }

  private propertiesOf(world: World, service: Service): PropertyMap {
    const version = world.observed.versions.get(service.ifindex) ?? 0;
    const kept = this.kept.get(service);
    if (kept?.version === version) return kept.properties;
    const properties = serviceProperties(service, world.observed);
    this.kept.set(service, { version, properties });
    return properties;
  }
}
