/** The network of one paired device: what BlueZ says of it, the attempt to join it, and both as connmand's network. */
import {
  type DeviceId,
  type DriverPorts,
  JoinAttempt,
  type NetworkFact,
  type NetworkId,
  networkId,
} from '@connman/contracts';
import type { MirroredInterfaces } from '@connman/dbus';
import { deviceInterface, networkInterface } from './bus-interfaces';
import { type PanRole, panRole } from './roles';

/** The kernel's network links of Bluetooth connections. */
export interface BluetoothLinks {
  /** By the name that BlueZ gave the link, which udev may change later. */
  readonly ifindexOf: DriverPorts['ifindexOf'];
  /** Whether an adapter has one, by its address in lower case with colons. */
  readonly existFor: (adapter: string) => boolean;
}

export class PanNetwork {
  readonly id: NetworkId;
  readonly path: string;
  readonly device: DeviceId;
  /** `AA:BB:CC:DD:EE:FF`, as bluetoothctl wants it. */
  readonly address: string;
  readonly attempt = new JoinAttempt();
  /** Settles when BlueZ has answered what it was asked last: one call to connect at a time. */
  work: Promise<unknown> = Promise.resolve();
  private ifindex: number | undefined;
  private interfaces: MirroredInterfaces;

  constructor(device: DeviceId, path: string, interfaces: MirroredInterfaces) {
    this.device = device;
    this.path = path;
    this.interfaces = interfaces;
    this.address = interfaces.get(deviceInterface.name)?.get('Address')?.as('s') ?? '';
    this.id = networkId(`${device}/${identOf(this.address)}`);
  }

  get name(): string {
    return this.interfaces.get(deviceInterface.name)?.get('Alias')?.as('s') || this.address;
  }

  get role(): PanRole | undefined {
    return panRole(this.interfaces.get(deviceInterface.name)?.get('UUIDs')?.as('as') ?? []);
  }

  /** Whether BlueZ has the connection. */
  get isConnected(): boolean {
    return this.interfaces.get(networkInterface.name)?.get('Connected')?.as('b') === true;
  }

  get isInUse(): boolean {
    return this.attempt.number !== 0 || this.isConnected;
  }

  update(interfaces: MirroredInterfaces): void {
    this.interfaces = interfaces;
    if (!this.isConnected) this.ifindex = undefined;
  }

  fact(links: BluetoothLinks): NetworkFact {
    const name = this.interfaces.get(networkInterface.name)?.get('Interface')?.as('s');
    if (this.isConnected && name) this.ifindex ??= links.ifindexOf(name);
    const connected = this.ifindex === undefined ? undefined : { ifindex: this.ifindex };
    const link = this.attempt.link(connected, `${this.name} ended the connection, or is out of range`);
    return { id: this.id, device: this.device, group: identOf(this.address), name: this.name, link };
  }
}

/** An address as it stands in service identifiers: as BlueZ writes it, without the colons (rule 211). */
export function identOf(address: string): string {
  return address.replaceAll(':', '');
}
