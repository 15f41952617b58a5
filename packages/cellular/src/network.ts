/** One internet context of a modem: what oFono says of it and the attempt to activate it, as connmand's network. */
import {
  type DeviceId,
  type InputField,
  JoinAttempt,
  type NetworkFact,
  type NetworkId,
  networkId,
} from '@connman/contracts';
import type { Variant } from '@connman/dbus';
import { accessPointFields } from './access-point-fields';
import { providedIp } from './provided-ip';

const none: ReadonlyMap<string, Variant> = new Map();

/** What the modem says of where it is. */
export interface Cell {
  /** The operator's; empty if not known. */
  readonly name: string;
  /** 0 to 100; undefined if not known. */
  readonly strength: number | undefined;
  readonly roaming: boolean;
}

export class CellularNetwork {
  readonly id: NetworkId;
  readonly path: string;
  readonly device: DeviceId;
  readonly attempt = new JoinAttempt();
  /** Settles when oFono has answered what it was asked last. */
  work: Promise<unknown> = Promise.resolve();
  private readonly properties: Map<string, Variant>;

  constructor(device: DeviceId, path: string, properties: ReadonlyMap<string, Variant>) {
    this.device = device;
    this.path = path;
    this.properties = new Map(properties);
    this.id = networkId(`${device}/${this.group}`);
  }

  /** As it stands in the service identifier: `context1`. */
  get group(): string {
    return this.path.slice(this.path.lastIndexOf('/') + 1);
  }

  get isInternet(): boolean {
    return this.properties.get('Type')?.as('s') === 'internet';
  }

  get isActive(): boolean {
    return this.properties.get('Active')?.as('b') === true;
  }

  get isInUse(): boolean {
    return this.attempt.number !== 0 || this.isActive;
  }

  get apn(): string {
    return this.properties.get('AccessPointName')?.as('s') ?? '';
  }

  /** What the user has to say before it can be activated. */
  get missingFields(): readonly InputField[] {
    return this.apn === '' ? accessPointFields : [];
  }

  set(name: string, value: Variant): void {
    this.properties.set(name, value);
  }

  /** @param ifindexOf the index of a link by its name */
  fact(cell: Cell, ifindexOf: (name: string) => number | undefined): NetworkFact {
    const name = cell.name || this.properties.get('Name')?.as('s') || this.group;
    return {
      ...{ id: this.id, device: this.device, group: this.group, name, roaming: cell.roaming },
      ...(cell.strength !== undefined && { strength: cell.strength }),
      link: this.attempt.link(this.joined(ifindexOf), `${name} ended the connection`),
    };
  }

  private joined(ifindexOf: (name: string) => number | undefined) {
    const settings = this.properties.get('Settings')?.as('a{sv}') ?? none;
    const settings6 = this.properties.get('IPv6.Settings')?.as('a{sv}') ?? none;
    const name = (settings.get('Interface') ?? settings6.get('Interface'))?.as('s');
    const ifindex = this.isActive && name ? ifindexOf(name) : undefined;
    if (ifindex === undefined) return undefined;
    const provided = providedIp(settings, settings6);
    return { ifindex, ...(provided && { provided }) };
  }
}
