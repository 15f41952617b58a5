/**
 * The VPN technology of connmand: one device whose networks are the connections of connman-vpnd (rules 177 to 183). The daemon
 * comes and goes; where no connection is configured it is not started for our sake.
 */
import type { Logger } from '@connman/base';
import {
  type AssociationError,
  deviceId,
  type NetworkFact,
  type NetworkId,
  type NetworkLink,
  networkId,
  type TechnologyCommand,
  type TechnologyDriver,
  type TechnologyEvent,
  vpnBusName,
  vpnConnectionInterface,
  vpnManagerInterface,
  vpnPaths,
} from '@connman/contracts';
import { type Bus, BusError, type Variant } from '@connman/dbus';
import type { IpAddress } from '@connman/inet';
import type { Files, NameResolver } from '@connman/ports';
import { providedIp } from './provided-ip';

export interface VpnTechnologyPorts {
  readonly bus: Bus;
  readonly files: Files;
  readonly resolver: NameResolver;
  readonly log: Logger;
  /** /var/lib/connman and /var/lib/connman-vpn: whether there is a reason to start connman-vpnd. */
  readonly storageFolder: string;
  readonly provisioningFolder: string;
}

export function vpnTechnology(ports: VpnTechnologyPorts): TechnologyDriver {
  return new VpnTechnology(ports);
}

const device = deviceId('vpn:connman-vpnd');
const folder = vpnPaths.connection('');

interface Connection {
  readonly id: NetworkId;
  readonly ident: string;
  properties: ReadonlyMap<string, Variant>;
  /** Of the attempt that connmand made last; 0 if the connection came up without it. */
  attempt: number;

  servers: readonly IpAddress[];
}

class VpnTechnology implements TechnologyDriver {
  readonly name = 'vpn';
  readonly type = 'vpn';
  private readonly ports: VpnTechnologyPorts;
  private readonly connections = new Map<string, Connection>();
  private readonly ends: (() => void)[] = [];
  private listener: (event: TechnologyEvent) => void = () => {};
  private up = false;

  constructor(ports: VpnTechnologyPorts) {
    this.ports = ports;
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    const { bus } = this.ports;
    const manager = bus.object(vpnManagerInterface, { name: vpnBusName, path: vpnPaths.root });
    this.ends.push(
      manager.on('ConnectionAdded', ([path, properties]) => this.added([[path, properties]])),
      manager.on('ConnectionRemoved', ([path]) => this.removed(path)),
      bus.subscribe(
        { sender: vpnBusName, interface: vpnConnectionInterface.name, member: 'PropertyChanged' },
        's name, v value',
        ([name, value], { path }) => this.changed(path, name, value),
      ),
      bus.watchOwner(vpnBusName, (owner) => {
        if (owner === undefined) this.lost();
        else this.read(false);
      }),
    );
    if (this.isConfigured()) this.read(true);
  }

  close(): void {
    for (const end of this.ends) end();
  }

  command(command: TechnologyCommand): void {
    if (command.kind === 'associate') this.associate(command.network, command.attempt);
    if (command.kind === 'dissociate') this.dissociate(command.network);
  }

  private isConfigured(): boolean {
    const { files, storageFolder, provisioningFolder } = this.ports;
    try {
      return (
        files.list(storageFolder).some((name) => name.startsWith('provider_')) ||
        files.list(provisioningFolder).some((name) => name.endsWith('.config'))
      );
    } catch {
      return false;
    }
  }

  private read(autoStart: boolean): void {
    const manager = this.ports.bus.object(vpnManagerInterface, { name: vpnBusName, path: vpnPaths.root });
    manager.call('GetConnections', [], { autoStart }).then(
      (list) => this.added(list),
      (error: unknown) => {
        if (autoStart) this.ports.log.warning(`VPN connections are configured, but ${(error as Error).message}`);
      },
    );
  }

  private added(list: readonly (readonly [string, ReadonlyMap<string, Variant>])[]): void {
    if (!this.up) {
      this.up = true;
      this.listener({ kind: 'up' });
      const can = { scan: false, activeSsids: 0, tether: false };
      this.listener({
        kind: 'device',
        device: { id: device, type: 'vpn', ident: 'vpn', interfaceName: '', powered: true, can },
      });
    }
    for (const [path, properties] of list) {
      const ident = path.slice(folder.length);
      const known = this.connections.get(path);
      if (known) known.properties = properties;
      else {
        const id = networkId(`${device}/${ident}`);
        this.connections.set(path, { id, ident, properties, attempt: 0, servers: [] });
      }
    }
    const changed = list.map(([path]) => this.connections.get(path)).filter((one) => one !== undefined);
    for (const connection of changed) this.report(connection);
  }

  private removed(path: string): void {
    const connection = this.connections.get(path);
    this.connections.delete(path);
    if (connection) this.listener({ kind: 'networks', changed: [], gone: [connection.id] });
  }

  private changed(path: string, name: string, value: Variant): void {
    const connection = this.connections.get(path);
    if (!connection) return;
    const properties = new Map(connection.properties).set(name, value);
    // What is gone is said as an empty value.
    if (name === 'Index' && (value.as('i') ?? -1) < 0) properties.delete(name);
    connection.properties = properties;
    // All else comes before the state that it belongs to.
    if (name === 'State' || connection.properties.get('State')?.as('s') === 'ready') this.report(connection);
  }

  private lost(): void {
    this.connections.clear();
    if (!this.up) return;
    this.up = false;
    this.listener({ kind: 'down', reason: 'connman-vpnd is not running' });
  }

  /** The server's addresses are known before the tunnel is announced: their routes must stay outside of it. */
  private report(connection: Connection): void {
    if (connection.properties.get('State')?.as('s') !== 'ready') return this.tell(connection);
    const { properties } = connection;
    const host = properties.get('Host')?.as('s') ?? '';
    const lookUp = host === '' ? Promise.resolve([]) : this.ports.resolver.lookup(host);
    lookUp.then(
      (servers) => {
        connection.servers = servers;
        this.tell(connection);
      },
      () => this.tell(connection),
    );
  }

  private tell(connection: Connection): void {
    if (![...this.connections.values()].includes(connection)) return;
    this.listener({ kind: 'networks', changed: [this.fact(connection)], gone: [] });
  }

  private fact(connection: Connection): NetworkFact {
    const { id, ident, properties } = connection;
    return { id, device, group: ident, name: properties.get('Name')?.as('s') ?? ident, link: this.link(connection) };
  }

  private link({ properties, attempt, servers }: Connection): NetworkLink {
    const state = properties.get('State')?.as('s');
    if (state === 'configuration') return { kind: 'associating', attempt };
    const ifindex = properties.get('Index')?.as('i');
    if (state === 'ready' && ifindex !== undefined)
      return { kind: 'up', attempt, ifindex, provided: providedIp(properties, servers) };
    if (state === 'failure') return { kind: 'idle', loss: { cause: 'by-peer', reason: 'the VPN connection failed' } };
    return { kind: 'idle' };
  }

  private find(id: NetworkId): Connection | undefined {
    for (const connection of this.connections.values()) if (connection.id === id) return connection;
    return undefined;
  }

  private associate(id: NetworkId, attempt: number): void {
    const connection = this.find(id);
    if (!connection) return;
    connection.attempt = attempt;
    const state = connection.properties.get('State')?.as('s');
    // It came up without us: that is what is wanted.
    if (state === 'ready') return this.report(connection);
    const { bus } = this.ports;
    const remote = bus.object(vpnConnectionInterface, { name: vpnBusName, path: folder + connection.ident });
    // How long a user may think is the VPN daemon's to say.
    remote.call('Connect2', [bus.uniqueName], { timeoutMs: Number.POSITIVE_INFINITY }).then(
      () => {},
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.listener({ kind: 'failed', network: id, attempt, error: associationError(error), reason });
      },
    );
  }

  private dissociate(id: NetworkId): void {
    const connection = this.find(id);
    if (!connection) return;
    const remote = this.ports.bus.object(vpnConnectionInterface, {
      name: vpnBusName,
      path: folder + connection.ident,
    });
    remote.call('Disconnect', []).catch(() => {});
  }
}

function associationError(error: unknown): AssociationError {
  const name = error instanceof BusError ? error.errorName : '';
  return name.endsWith('.PermissionDenied') ? 'auth-failed' : 'connect-failed';
}
