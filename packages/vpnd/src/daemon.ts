/** All connections together: from storage and files, made and removed by clients, connected for them. */
import { err, type Logger, ok, type Result, Secret } from '@connman/base';
import { vpnPaths } from '@connman/contracts';
import type { Clock } from '@connman/ports';
import type { ProviderStorage } from '@connman/settings';
import type { AgentAnswer, Agents } from './agent/agents';
import { requestFields, valuesOf } from './agent/request';
import { type AskRequest, Connection, type ConnectionHost, type ConnectOutcome } from './connection/connection';
import type { RunningTunnel, RunningTunnels } from './connection/running';
import type { TunnelFacts, TunnelFailure } from './connection/tunnel';
import type { VpnDriver } from './driver';
import type { Links } from './links';
import { type Provider, providerFromStorage, providerToStorage, type Refusal } from './provider/provider';
import type { Provisioning } from './provisioning';
import type { Uplink } from './uplink';
import type { Ways } from './ways';

export interface DaemonParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly drivers: ReadonlyMap<string, VpnDriver>;
  readonly storage: ProviderStorage;
  readonly provisioning: Provisioning;
  readonly running: RunningTunnels;
  readonly links: Links;
  readonly ways: Ways;
  readonly uplink: Uplink;
  readonly agents: Agents;
  /** Of connmand, which holds them: whether it can; if not, why. */
  readonly killSwitch: { probe(): Promise<Result<void, string>> };
  readonly defaults?: ReadonlyMap<string, string>;
}

/** What clients are told; the bus implements it. */
export interface DaemonEvents {
  onAdded(connection: Connection): void;
  onRemoved(connection: Connection): void;
  onChanged(connection: Connection): void;
}

/** How a call of a client ended; errors are ConnMan's names. */
export type ConnectRefusal =
  | 'InProgress'
  | 'AlreadyConnected'
  | 'NoCarrier'
  | 'OperationAborted'
  | 'OperationCanceled'
  | 'NotSupported'
  | 'InvalidArguments'
  | 'NotRegistered'
  | 'PermissionDenied'
  | 'Failed';

export interface ConnectError {
  readonly error: ConnectRefusal;
  readonly text: string;
}

export class Daemon implements ConnectionHost {
  readonly clock: Clock;
  readonly log: Logger;
  readonly defaults: ReadonlyMap<string, string>;
  readonly connections = new Map<string, Connection>();
  private readonly parts: DaemonParts;
  private events: DaemonEvents = { onAdded() {}, onRemoved() {}, onChanged() {} };

  constructor(parts: DaemonParts) {
    this.parts = parts;
    this.clock = parts.clock;
    this.log = parts.log;
    this.defaults = parts.defaults ?? new Map();
  }

  /** Reads what there is, takes over what runs, and clears away what does not. */
  start(events: DaemonEvents): void {
    for (const provider of this.parts.provisioning.read().values()) this.put(provider);
    for (const [ident, stored] of this.parts.storage.providers()) {
      if (this.connections.has(ident)) continue;
      const provider = providerFromStorage(ident, stored);
      if (provider.ok) this.putStored(provider.value);
      else this.log.warning(`provider_${ident}/settings: ${provider.error} are missing; the connection is left out`);
    }
    const tunnels = this.parts.running.load();
    for (const ident of this.parts.running.folders()) {
      const tunnel = tunnels.get(ident);
      if (tunnel && this.connections.get(ident)?.resume(tunnel)) continue;
      if (tunnel) this.parts.links.remove(tunnel.record.interfaceName);
      this.parts.running.forget(ident);
    }
    this.events = events;
    for (const connection of this.connections.values()) events.onAdded(connection);
  }

  /** The files changed: connections from them come, change and go; what did not change keeps running. */
  reprovision(): void {
    const wanted = this.parts.provisioning.read();
    for (const connection of [...this.connections.values()]) {
      const { origin, ident } = connection.provider;
      if (origin && !wanted.has(ident)) this.drop(connection);
    }
    for (const [ident, provider] of wanted) {
      const connection = this.connections.get(ident);
      if (!connection) this.add(provider);
      else if (!sameProvider(connection.provider, provider)) connection.configure(provider);
    }
  }

  create(provider: Provider): Result<Connection, Refusal> {
    const driver = this.parts.drivers.get(provider.type);
    if (!driver) {
      const types = [...this.parts.drivers.keys()].join(', ');
      return err({ error: 'NotSupported', text: `there is no VPN type ${provider.type}; there are ${types}` });
    }
    const available = driver.available();
    if (!available.ok) return err({ error: 'NotSupported', text: available.error });
    const existing = this.connections.get(provider.ident);
    if (existing?.provider.origin) {
      const { file } = existing.provider.origin;
      return err({ error: 'PermissionDenied', text: `it comes from ${file}.config; change it there` });
    }
    if (existing) {
      existing.configure(provider);
      this.save(provider);
      return ok(existing);
    }
    const connection = this.add(provider);
    this.save(provider);
    return ok(connection);
  }

  configure(connection: Connection, provider: Provider): void {
    const forgotten = [...connection.provider.settings.keys()].filter((key) => !provider.settings.has(key));
    connection.configure(provider);
    this.save(provider, forgotten);
  }

  /** Settles when nothing is left of it. */
  remove(connection: Connection): Promise<void> {
    if (!connection.provider.origin) {
      try {
        this.parts.storage.remove(connection.ident);
      } catch (error) {
        this.log.error(`${(error as Error).message}; the connection will be back after a restart`);
      }
    }
    return this.drop(connection);
  }

  /** Connects it for a client. */
  async connect(connection: Connection, sender: string, reports: boolean): Promise<Result<void, ConnectError>> {
    // ConnMan answers InProgress (rule 180), though clients have seen the end: its service is idle before the tunnel is gone.
    if (connection.state === 'disconnect') await connection.gone();
    const refused = await this.refuseConnect(connection);
    if (refused) return err(refused);
    for (;;) {
      const outcome = await new Promise<ConnectOutcome>((resolve) => connection.connect(sender, resolve));
      if (outcome.kind === 'ready') return ok(undefined);
      if (outcome.kind === 'aborted') return err({ error: 'OperationAborted', text: 'Operation aborted' });
      if (!reports || !(await this.reportFailure(connection, outcome.failure, sender)))
        return err(connectError(outcome.failure));
    }
  }

  private async refuseConnect(connection: Connection): Promise<ConnectError | undefined> {
    const { provider } = connection;
    const refused = refuseState(connection) ?? this.refuseSettings(provider);
    if (refused) return refused;
    if (!(await this.parts.uplink.isUp())) return { error: 'NoCarrier', text: 'No carrier' };
    const unheld = await this.refuseKillSwitch(provider);
    if (unheld) return unheld;
    // Another client may have been faster, or has changed what was looked at.
    return connection.provider === provider ? refuseState(connection) : this.refuseConnect(connection);
  }

  private refuseSettings({ type, settings, host }: Provider): ConnectError | undefined {
    const driver = this.parts.drivers.get(type);
    const available = driver?.available() ?? err(`there is no VPN type ${type}`);
    if (!available.ok) return { error: 'NotSupported', text: available.error };
    const wrong = driver?.check(settings, host);
    return wrong === undefined ? undefined : { error: 'InvalidArguments', text: wrong };
  }

  /** Nothing goes out for a connection whose kill switch would not hold. */
  private async refuseKillSwitch({ settings }: Provider): Promise<ConnectError | undefined> {
    const text = settings.get('KillSwitch') ?? this.defaults.get('KillSwitch') ?? 'false';
    if (text === 'false') return undefined;
    if (text !== 'true' && text !== 'local')
      return { error: 'InvalidArguments', text: `KillSwitch is ${text}; it must be true, local or false` };
    const probed = await this.parts.killSwitch.probe();
    if (probed.ok) return undefined;
    const advice = 'set KillSwitch to false to connect without it';
    return { error: 'NotSupported', text: `the kill switch cannot hold: ${probed.error}; ${advice}` };
  }

  /** True if the user wants another try. */
  private async reportFailure(connection: Connection, failure: TunnelFailure, sender: string): Promise<boolean> {
    if (failure.kind === 'canceled' || this.parts.agents.count === 0) return false;
    const path = vpnPaths.connection(connection.ident);
    const never = new AbortController().signal;
    const answer = await this.parts.agents.reportError(path, failureName(failure), sender, never);
    return answer.kind === 'retry' && connection.state === 'failure';
  }

  // What connections need.

  driverOf(type: string): VpnDriver | undefined {
    return this.parts.drivers.get(type);
  }

  freeLinkName(prefix: string): string {
    const promised = new Set([...this.connections.values()].map(({ linkName }) => linkName));
    const isTaken = (name: string) => promised.has(name) || this.parts.links.indexOf(name).ok;
    let number = 0;
    while (isTaken(`${prefix}${number}`)) number++;
    return `${prefix}${number}`;
  }

  watchWays({ servers, ifindex }: TunnelFacts, onMoved: () => void): () => void {
    return this.parts.ways.watch(servers, ifindex, onMoved);
  }

  folderOf(ident: string): string {
    return this.parts.running.folderOf(ident);
  }

  async ask(connection: Connection, request: AskRequest): Promise<ReadonlyMap<string, Secret>> {
    const path = vpnPaths.connection(connection.ident);
    const fields = requestFields(connection.provider, request.fields, request.authFailure);
    const answer: AgentAnswer = await this.parts.agents.requestInput(path, fields, request.sender, request.signal);
    return valuesOf(answer);
  }

  onSave(connection: Connection, credentials: ReadonlyMap<string, Secret>): void {
    const { provider, ident } = connection;
    const names = [...credentials.keys()].join(', ');
    if (provider.origin) {
      const file = `${provider.origin.file}.config`;
      return this.log.warning(
        `${provider.name}: ${names} are not saved, as the connection comes from ${file}; write them there`,
      );
    }
    try {
      this.parts.storage.save(ident, new Map([...credentials].map(([name, value]) => [name, value.reveal()])));
      this.log.info(`${provider.name}: saved ${names} as the user asked`);
    } catch (error) {
      this.log.error(`${(error as Error).message}; ${names} of ${provider.name} are forgotten at the next start`);
    }
  }

  /** Forgets a credential that was saved for an agent; false if there is none. */
  forgetSaved(connection: Connection, setting: string): boolean {
    if (!connection.forgetSaved(setting)) return false;
    this.save(connection.provider, [setting]);
    return true;
  }

  onChange(connection: Connection): void {
    this.events.onChanged(connection);
  }

  onRunning(connection: Connection, running: RunningTunnel | undefined): void {
    if (running) this.parts.running.save(connection.ident, running);
    else this.parts.running.forget(connection.ident);
  }

  /** Secrets in storage are answers of an agent: used, and never shown (rule 185). */
  private putStored(provider: Provider): void {
    const isSecret = this.parts.drivers.get(provider.type)?.isSecret ?? (() => false);
    const [settings, saved] = [new Map<string, string>(), new Map<string, Secret>()];
    for (const [key, value] of provider.settings) {
      if (isSecret(key)) saved.set(key, new Secret(value));
      else settings.set(key, value);
    }
    this.put({ ...provider, settings }, saved);
  }

  private put(provider: Provider, saved?: ReadonlyMap<string, Secret>): Connection {
    const connection = new Connection(provider, this, saved);
    this.connections.set(provider.ident, connection);
    return connection;
  }

  private add(provider: Provider): Connection {
    const connection = this.put(provider);
    this.events.onAdded(connection);
    return connection;
  }

  private drop(connection: Connection): Promise<void> {
    this.connections.delete(connection.ident);
    this.events.onRemoved(connection);
    return connection.gone();
  }

  private save(provider: Provider, forgotten: readonly string[] = []): void {
    const driver = this.parts.drivers.get(provider.type);
    try {
      this.parts.storage.save(
        provider.ident,
        providerToStorage(provider, (key) => driver?.stores(key) ?? false),
        [...forgotten, ...(provider.userRoutes.length === 0 ? ['Networks'] : [])],
      );
    } catch (error) {
      this.log.error(`${(error as Error).message}; ${provider.name} will be as it was after a restart`);
    }
  }
}

function refuseState({ state }: Connection): ConnectError | undefined {
  if (state === 'ready') return { error: 'AlreadyConnected', text: 'Already connected' };
  return state === 'configuration' || state === 'disconnect' ? { error: 'InProgress', text: 'In progress' } : undefined;
}

/** Service.Error's words, as an agent is told them. */
function failureName({ kind }: TunnelFailure): string {
  if (kind === 'auth') return 'auth-failed';
  return kind === 'login' ? 'login-failed' : 'connect-failed';
}

function connectError(failure: TunnelFailure): ConnectError {
  switch (failure.kind) {
    case 'canceled':
      return { error: 'OperationCanceled', text: 'Operation canceled' };
    case 'auth':
    case 'login':
      return { error: 'PermissionDenied', text: failure.reason };
    default:
      return { error: 'Failed', text: failure.reason };
  }
}

function sameProvider(a: Provider, b: Provider): boolean {
  const plain = (provider: Provider) => JSON.stringify({ ...provider, settings: [...provider.settings] });
  return plain(a) === plain(b);
}
