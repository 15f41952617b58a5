/**
 * The VPN technology of connmand: one device whose networks are the connections of connman-vpnd (rules 177 to 183). The daemon
 * comes and goes; where no connection is configured it is not started for our sake.
 */
import type { Logger } from '@connman/base';
import {
  deviceId,
  type NetworkId,
  type TechnologyCommand,
  type TechnologyDriver,
  type TechnologyEvent,
  vpnBusName,
  vpnConnectionInterface,
  vpnManagerInterface,
  vpnPaths,
} from '@connman/contracts';
import { type Bus, bool, type Variant } from '@connman/dbus';
import { type IpAddress, parseIp } from '@connman/inet';
import type { Clock, NameResolver } from '@connman/ports';
import { associationError, isCanceled } from './failure';
import { exportKillSwitch } from './kill-switch';
import { MirroredConnection } from './mirrored-connection';

export interface VpnTechnologyPorts {
  readonly bus: Bus;
  /** A connection is configured: connman-vpnd is started for it. */
  readonly isConfigured: boolean;
  readonly clock: Clock;
  readonly resolver: NameResolver;
  /** What forbids a kill switch; undefined if the firewall would hold it. */
  readonly probeKillSwitch: () => string | undefined;
  readonly log: Logger;
}

export function vpnTechnology(ports: VpnTechnologyPorts): TechnologyDriver {
  return new VpnTechnology(ports);
}

const device = deviceId('vpn:connman-vpnd');
const folder = vpnPaths.connection('');
/** A connman-vpnd that ended has its tunnels in hand again within this time, or they are over. */
const comebackMs = 10_000;

class VpnTechnology implements TechnologyDriver {
  readonly name = 'vpn';
  readonly type = 'vpn';
  private readonly ports: VpnTechnologyPorts;
  private readonly connections = new Map<string, MirroredConnection>();
  private readonly ends: (() => void)[] = [];
  private listener: (event: TechnologyEvent) => void = () => {};
  private up = false;
  /** Unique name of connman-vpnd. */
  private owner: string | undefined;
  private cancelComeback = () => {};

  constructor(ports: VpnTechnologyPorts) {
    this.ports = ports;
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    const { bus, probeKillSwitch: probe } = this.ports;
    const manager = bus.object(vpnManagerInterface, { name: vpnBusName, path: vpnPaths.root });
    this.ends.push(
      manager.on('ConnectionAdded', ([path, properties]) => this.added([[path, properties]])),
      manager.on('ConnectionRemoved', ([path]) => this.removed(path)),
      bus.subscribe(
        { sender: vpnBusName, interface: vpnConnectionInterface.name, member: 'PropertyChanged' },
        's name, v value',
        ([name, value], { path }) => this.changed(path, name, value),
      ),
      exportKillSwitch({ bus, probe, isVpnd: (sender) => sender === this.owner }),
      bus.watchOwner(vpnBusName, (owner) => {
        this.owner = owner;
        if (owner === undefined) this.lost();
        else this.read(false);
      }),
    );
    if (this.ports.isConfigured) this.read(true);
  }

  close(): void {
    this.cancelComeback();
    for (const end of this.ends) end();
  }

  command(command: TechnologyCommand): void {
    if (command.kind === 'associate') this.associate(command.network, command.attempt, command.caller);
    if (command.kind === 'dissociate') this.dissociate(command.network);
    if (command.kind === 'set-split-routing') this.setSplitRouting(command.network, command.split);
  }

  private read(autoStart: boolean): void {
    const manager = this.ports.bus.object(vpnManagerInterface, { name: vpnBusName, path: vpnPaths.root });
    manager.call('GetConnections', [], { autoStart }).then(
      (list) => this.readAll(list),
      (error: unknown) => {
        if (autoStart) this.ports.log.warning(`VPN connections are configured, but ${(error as Error).message}`);
      },
    );
  }

  /** All there are: what is missing went while nothing was heard of the daemon. */
  private readAll(list: readonly (readonly [string, ReadonlyMap<string, Variant>])[]): void {
    this.cancelComeback();
    const present = new Set(list.map(([path]) => path));
    for (const path of [...this.connections.keys()]) if (!present.has(path)) this.removed(path);
    this.added(list);
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
      const known = this.connections.get(path);
      if (known) known.replace(properties);
      else this.connections.set(path, new MirroredConnection(device, path.slice(folder.length), properties));
    }
    for (const [path] of list) this.report(this.connections.get(path));
  }

  private removed(path: string): void {
    const connection = this.connections.get(path);
    this.connections.delete(path);
    if (connection) this.listener({ kind: 'networks', changed: [], gone: [connection.id] });
  }

  private changed(path: string, name: string, value: Variant): void {
    const connection = this.connections.get(path);
    if (!connection) return;
    connection.set(name, value);
    // What belongs to a state comes before it: a tunnel that loses its link is about to fail, or to be disconnected.
    if (name === 'State' || connection.isWhole) this.report(connection);
  }

  /** Its tunnels are not lost yet: the next connman-vpnd takes them over, and is started for that. */
  private lost(): void {
    if (!this.up) return;
    const isInUse = [...this.connections.values()].some(({ state }) => state === 'ready');
    if (!isInUse) return this.down();
    this.cancelComeback();
    this.cancelComeback = this.ports.clock.setTimer(comebackMs, () => this.down());
    this.read(true);
  }

  private down(): void {
    this.connections.clear();
    this.up = false;
    this.listener({ kind: 'down', reason: 'connman-vpnd is not running' });
  }

  /** The server's addresses are known before the tunnel is announced: their routes must stay outside of it. */
  private report(connection: MirroredConnection | undefined): void {
    if (!connection) return;
    const servers = connection.state === 'ready' ? connection.announcedServers : [];
    if (servers) return this.tell(connection, servers);
    // ConnMan's connman-vpnd does not say them.
    const { host } = connection;
    const known = parseIp(host);
    if (known || host === '') return this.tell(connection, known ? [known] : []);
    this.ports.resolver.lookup(host).then(
      (addresses) => this.tell(connection, addresses),
      (error: unknown) => {
        this.ports.log.warning(
          `${host}: ${(error as Error).message}; the way to the VPN server may lead into its tunnel`,
        );
        this.tell(connection, []);
      },
    );
  }

  private tell(connection: MirroredConnection, servers: readonly IpAddress[]): void {
    if (![...this.connections.values()].includes(connection)) return;
    const { attempt } = connection;
    const fact = connection.fact(servers);
    this.listener({ kind: 'networks', changed: [fact], gone: [] });
    // An attempt that another client's Connect made and connmand has joined, or that was answered before it was made.
    if (fact.link.kind !== 'idle' || attempt === 0 || connection.attempt !== 0 || !connection.isJoined) return;
    connection.isJoined = false;
    this.failed(connection, attempt, new Error('the VPN connection failed'));
  }

  private find(id: NetworkId): MirroredConnection | undefined {
    for (const connection of this.connections.values()) if (connection.id === id) return connection;
    return undefined;
  }

  private associate(id: NetworkId, attempt: number, caller: string | undefined): void {
    const connection = this.find(id);
    if (!connection) return;
    connection.begin(attempt);
    // It came up, or is on its way, without us: that is what is wanted.
    if (connection.isUnderWay) {
      connection.isJoined = connection.state === 'configuration';
      return this.report(connection);
    }
    const { bus } = this.ports;
    // How long a user may think is the VPN daemon's to say.
    const patience = { timeoutMs: Number.POSITIVE_INFINITY };
    connection.called();
    this.objectOf(connection)
      .call('Connect2', [caller ?? bus.uniqueName], patience)
      .then(
        () => connection.accepted(),
        (error: unknown) => {
          connection.refused();
          this.failed(connection, attempt, error);
        },
      );
  }

  private failed({ id }: MirroredConnection, attempt: number, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const canceled = isCanceled(error) && ({ isCanceled: true } as const);
    this.listener({ kind: 'failed', network: id, attempt, error: associationError(error), reason, ...canceled });
  }

  private dissociate(id: NetworkId): void {
    const connection = this.find(id);
    if (!connection) return;
    connection.isLeaving = true;
    this.objectOf(connection)
      .call('Disconnect', [])
      .then(
        () => connection.left(),
        () => {
          connection.isLeaving = false;
        },
      );
  }

  private setSplitRouting(id: NetworkId, split: boolean): void {
    const connection = this.find(id);
    if (!connection) return;
    this.objectOf(connection)
      .call('SetProperty', ['SplitRouting', bool(split)])
      .catch((error: unknown) =>
        this.ports.log.warning(`${connection.name}: SplitRouting stays as it is: ${(error as Error).message}`),
      );
  }

  private objectOf({ ident }: MirroredConnection) {
    return this.ports.bus.object(vpnConnectionInterface, { name: vpnBusName, path: folder + ident });
  }
}
