/** One phone that dials for us: what dundee says of it, the attempt to connect by it, and both as connmand's device and network. */
import {
  type DeviceFact,
  type DeviceId,
  deviceId,
  JoinAttempt,
  type NetworkFact,
  type NetworkId,
  networkId,
  type ProvidedIp,
} from '@connman/contracts';
import type { Variant } from '@connman/dbus';
import { type IpAddress, type Prefix, parseIp, parseIpv4 } from '@connman/inet';

type Properties = ReadonlyMap<string, Variant>;

const anywhere: Prefix = { address: '0.0.0.0' as IpAddress, length: 0 };

export class DunPhone {
  readonly path: string;
  readonly device: DeviceId;
  readonly id: NetworkId;
  readonly attempt = new JoinAttempt();
  /** dundee has no power of its own: on is what connmand wants on and no switch of the machine silences. */
  isWanted = false;
  isOn = false;
  /** Settles when dundee has answered what it was asked last. */
  work: Promise<unknown> = Promise.resolve();
  private readonly properties: Map<string, Variant>;

  constructor(path: string, properties: Properties) {
    this.path = path;
    this.device = deviceId(`dundee:${this.ident}`);
    this.id = networkId(`${this.device}/${this.ident}`);
    this.properties = new Map(properties);
  }

  /** As it stands in the service identifier, twice (rule 212): `device0`. */
  get ident(): string {
    return this.path.slice(this.path.lastIndexOf('/') + 1);
  }

  get name(): string {
    return this.properties.get('Name')?.as('s') || this.ident;
  }

  get isActive(): boolean {
    return this.properties.get('Active')?.as('b') === true;
  }

  get isInUse(): boolean {
    return this.attempt.number !== 0 || this.isActive;
  }

  set(name: string, value: Variant): void {
    // Settings that are emptied announce the end, which Active says.
    if (name === 'Settings' && this.isActive && value.as('a{sv}')?.size === 0) return;
    this.properties.set(name, value);
    if (name === 'Active' && !this.isActive) this.properties.delete('Settings');
  }

  get deviceFact(): DeviceFact {
    return {
      ...{ id: this.device, type: 'bluetooth', ident: this.ident, interfaceName: '', powered: this.isOn },
      can: { scan: false, activeSsids: 0, tether: false },
    };
  }

  /** @param ifindexOf the index of a link by its name */
  fact(ifindexOf: (name: string) => number | undefined): NetworkFact {
    return {
      ...{ id: this.id, device: this.device, group: this.ident, name: this.name },
      link: this.attempt.link(this.joined(ifindexOf), `${this.name} hung up, or is out of range`),
    };
  }

  private joined(ifindexOf: (name: string) => number | undefined) {
    const settings = this.properties.get('Settings')?.as('a{sv}');
    const name = settings?.get('Interface')?.as('s');
    const ifindex = this.isActive && name ? ifindexOf(name) : undefined;
    const provided = settings && providedIp(settings);
    // PPP brings an address, or there is no connection.
    return ifindex === undefined || !provided ? undefined : { ifindex, provided };
  }
}

/** A point-to-point link: the other end is the way to everywhere. */
function providedIp(settings: Properties): ProvidedIp | undefined {
  const address = parseIpv4(settings.get('Address')?.as('s') ?? '');
  if (!address) return undefined;
  const nameservers = settings.get('DomainNameServers')?.as('as') ?? [];
  return {
    addresses: [{ address, prefixLength: 32 }],
    routes: [{ destination: anywhere }],
    nameservers: nameservers.flatMap((text) => parseIp(text) ?? []),
    ...{ domains: [], mtu: 0, servers: [] },
  };
}
