/**
 * One VPN connection: its way from idle to ready and back (rules 179 to 182), with the driver below it and the agent beside
 * it. Clients see it by `onChange`; what it needs from the daemon is in ConnectionHost.
 */
import type { Instant, Logger, Secret } from '@connman/base';
import type { VpnState } from '@connman/contracts';
import type { Clock } from '@connman/ports';
import { AgentRefusal, type Attempt, type InputField, type Tunnel, type VpnDriver } from '../driver';
import { connectionProperties, type PropertyMap } from '../provider/properties';
import type { Provider } from '../provider/provider';
import { Credentials } from './credentials';
import type { RunningTunnel } from './running';
import type { TunnelFacts, TunnelFailure } from './tunnel';

/** How a Connect ended. */
export type ConnectOutcome =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly failure: TunnelFailure }
  | { readonly kind: 'aborted' };

export interface ConnectionHost {
  readonly clock: Clock;
  readonly log: Logger;
  /** Settings that count where a connection does not say otherwise. */
  readonly defaults: ReadonlyMap<string, string>;
  driverOf(type: string): VpnDriver | undefined;
  /** A free name for a link. */
  freeLinkName(prefix: string): string;
  /** /run/connman-vpn/IDENT */
  folderOf(ident: string): string;
  ask(connection: Connection, request: AskRequest): Promise<ReadonlyMap<string, Secret>>;
  /** The user wants these kept, by setting. */
  onSave(connection: Connection, credentials: ReadonlyMap<string, Secret>): void;
  /** Its properties may have changed. */
  onChange(connection: Connection): void;
  /** Calls back when the servers are reached by another way; the returned function ends it. */
  watchWays(facts: TunnelFacts, onMoved: () => void): () => void;
  /** It runs: a later daemon can find it. Undefined: it does not run any more, whatever is left of it is to go. */
  onRunning(connection: Connection, running: RunningTunnel | undefined): void;
}

export interface AskRequest {
  readonly fields: readonly InputField[];
  readonly authFailure: string | undefined;
  readonly sender: string | undefined;
  readonly signal: AbortSignal;
}

/** Without the time the user takes. */
const connectTimeoutMs = 120_000;

export class Connection {
  readonly ident: string;
  private readonly host: ConnectionHost;
  private current: Provider;
  private readonly credentials: Credentials;
  private stateNow: VpnState = 'idle';
  private facts: TunnelFacts | undefined;
  private tunnel: Tunnel | undefined;
  /** Callbacks of an attempt that is over have no effect. */
  private attempt = 0;
  private asking = new AbortController();
  private sender: string | undefined;
  private cancelTimeout = () => {};
  private unwatchWays = () => {};
  private waiting: ((outcome: ConnectOutcome) => void)[] = [];
  private onIdle: (() => void)[] = [];

  /** `saved`: credentials that an agent had saved, by setting. */
  constructor(provider: Provider, host: ConnectionHost, saved?: ReadonlyMap<string, Secret>) {
    this.credentials = new Credentials(saved);
    this.ident = provider.ident;
    this.current = provider;
    this.host = host;
  }

  get provider(): Provider {
    return this.current;
  }

  get state(): VpnState {
    return this.stateNow;
  }

  get properties(): PropertyMap {
    return connectionProperties(this.current, this.stateNow, this.facts, this.host.defaults);
  }

  get linkName(): string | undefined {
    return this.tunnel?.record.interfaceName;
  }

  configure(provider: Provider): void {
    // What the user gave was meant for the server as it was configured then.
    if (!isSameServer(this.current, provider)) this.credentials.forget();
    this.current = provider;
    this.host.onChange(this);
  }

  /** Forgets a saved credential; false if there is none. */
  forgetSaved(setting: string): boolean {
    return this.credentials.forgetSaved(setting);
  }

  /** Connects for the client `sender`; `done` is called once, when it is up or has failed. */
  connect(sender: string | undefined, done: (outcome: ConnectOutcome) => void): void {
    const driver = this.host.driverOf(this.current.type);
    if (!driver) throw new TypeError(`there is no driver ${this.current.type}`);
    this.sender = sender;
    this.waiting.push(done);
    this.host.log.info(`${this.label}: connecting to ${this.current.host || 'the server its file names'}`);
    this.begin(driver, this.host.freeLinkName(driver.linkPrefix), (attempt) => driver.connect(attempt));
    this.setState('configuration');
    this.startTimeout();
  }

  /** Takes over what an earlier run of the daemon left; false if it does not run any more. */
  resume(running: RunningTunnel): boolean {
    const driver = this.host.driverOf(this.current.type);
    if (driver?.resume === undefined || running.type !== this.current.type) return false;
    this.facts = running.facts;
    const taken = this.begin(driver, running.record.interfaceName, (attempt) =>
      driver.resume?.(attempt, running.record),
    );
    if (!taken) {
      this.facts = undefined;
      return false;
    }
    this.host.log.info(`${this.label}: still up on ${running.record.interfaceName}; taken over`);
    this.stateNow = 'ready';
    this.watchWays(running.facts);
    this.host.onChange(this);
    return true;
  }

  /** Ends the tunnel, or the attempt at one. `done` is called when nothing is left of it. */
  disconnect(done: () => void = () => {}): void {
    if (!this.tunnel) {
      this.setState('idle');
      done();
      return;
    }
    this.onIdle.push(done);
    if (this.stateNow === 'disconnect') return;
    this.host.log.info(`${this.label}: disconnecting`);
    this.asking.abort();
    this.cancelTimeout();
    this.setState('disconnect');
    this.finish({ kind: 'aborted' });
    this.tunnel.disconnect();
  }

  /** Ends what there is of it, and settles when nothing is left. */
  gone(): Promise<void> {
    return new Promise((resolve) => this.disconnect(resolve));
  }

  private get label(): string {
    return `${this.current.name} (${this.current.type})`;
  }

  private begin(driver: VpnDriver, interfaceName: string, start: (attempt: Attempt) => Tunnel | undefined): boolean {
    const number = ++this.attempt;
    const own =
      <A extends unknown[]>(callback: (...args: A) => void) =>
      (...args: A) => {
        if (number === this.attempt) callback(...args);
      };
    this.asking = new AbortController();
    const { settings, name, host, ident } = this.current;
    this.tunnel = start({
      ident,
      name,
      host,
      settings,
      interfaceName,
      folder: this.host.folderOf(ident),
      ask: (fields) => this.ask(fields),
      onAuthError: own((reason) => {
        this.host.log.warning(`${this.label}: the server refused the credentials (${reason})`);
        this.credentials.onRefused(reason, this.authErrorLimit(driver), this.now());
      }),
      onUp: own((facts) => this.up(driver, facts)),
      onReconnecting: own((reason) => this.host.log.warning(`${this.label}: ${reason}; reconnecting`)),
      onEnd: own((failure) => this.ended(driver, failure)),
    });
    return this.tunnel !== undefined;
  }

  private now(): Instant {
    return this.host.clock.now();
  }

  private authErrorLimit(driver: VpnDriver): number {
    const text = this.current.settings.get('AuthErrorLimit') ?? '';
    return /^\d+$/.test(text) ? Number(text) : driver.authErrorLimit;
  }

  private async ask(fields: readonly InputField[]): Promise<ReadonlyMap<string, Secret>> {
    const known = this.credentials.known(fields, this.current.settings);
    if (known) return known;
    // The user takes the time the user takes.
    this.cancelTimeout();
    const { signal } = this.asking;
    const { authFailure } = this.credentials;
    const answers = await this.host.ask(this, { fields, authFailure, sender: this.sender, signal });
    if (signal.aborted) throw new AgentRefusal('canceled', 'it was disconnected meanwhile');
    for (const { name, requirement } of fields) {
      const given = answers.get(name);
      if (requirement === 'mandatory' && (given === undefined || given.reveal() === ''))
        throw new AgentRefusal('failed', `the agent gave no ${name}`);
    }
    this.credentials.learn(answers, fields);
    const saved = this.credentials.save(answers, fields);
    if (saved.size > 0) this.host.onSave(this, saved);
    this.startTimeout();
    const values = new Map(answers);
    for (const { name, setting = name } of fields) {
      const stated = this.credentials.stated(this.current.settings, setting);
      if (!values.has(name) && stated) values.set(name, stated);
    }
    return values;
  }

  private startTimeout(): void {
    this.cancelTimeout();
    if (this.stateNow !== 'configuration') return;
    this.cancelTimeout = this.host.clock.setTimer(connectTimeoutMs, () => {
      this.host.log.warning(`${this.label}: no connection after ${connectTimeoutMs / 1000} s; giving up`);
      this.fail({
        kind: 'connect',
        reason: `${this.current.host} did not let us in within ${connectTimeoutMs / 1000} s`,
      });
      this.tunnel?.disconnect();
    });
  }

  private up(driver: VpnDriver, facts: TunnelFacts): void {
    if (this.stateNow !== 'configuration' && this.stateNow !== 'ready') return;
    this.cancelTimeout();
    this.credentials.onAccepted(this.now());
    this.facts = facts;
    this.watchWays(facts);
    const { record } = this.tunnel as Tunnel;
    this.host.onRunning(this, { type: driver.type, facts, record });
    if (this.stateNow !== 'ready') {
      const addresses = facts.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`);
      this.host.log.info(`${this.label}: up on ${record.interfaceName} as ${addresses.join(' and ')}`);
    }
    this.setState('ready');
    this.finish({ kind: 'ready' });
  }

  private watchWays(facts: TunnelFacts): void {
    this.unwatchWays();
    this.unwatchWays = this.host.watchWays(facts, () => {
      this.host.log.info(`${this.label}: its server is reached by another way now`);
      this.tunnel?.onMoved?.();
    });
  }

  private ended(driver: VpnDriver, failure: TunnelFailure | undefined): void {
    this.cancelTimeout();
    this.unwatchWays();
    this.tunnel = undefined;
    this.facts = undefined;
    this.attempt++;
    this.asking.abort();
    this.host.onRunning(this, undefined);
    if (failure && this.stateNow !== 'disconnect' && this.stateNow !== 'failure') {
      if (failure.kind === 'auth') this.credentials.onRefused(failure.reason, this.authErrorLimit(driver), this.now());
      this.fail(failure);
    } else if (this.stateNow !== 'failure') {
      this.setState('idle');
      this.finish({ kind: 'aborted' });
    }
    for (const done of this.onIdle.splice(0)) done();
  }

  private fail(failure: TunnelFailure): void {
    const canceled = failure.kind === 'canceled';
    if (canceled) this.host.log.info(`${this.label}: canceled by the user`);
    else this.host.log.error(`${this.label}: ${failure.reason}`);
    // connmand takes "idle" alone for nothing new and would keep its own client waiting.
    if (canceled) this.setState('disconnect');
    this.setState(canceled ? 'idle' : 'failure');
    this.finish({ kind: 'failed', failure });
  }

  private setState(state: VpnState): void {
    this.stateNow = state;
    this.host.onChange(this);
  }

  private finish(outcome: ConnectOutcome): void {
    for (const done of this.waiting.splice(0)) done(outcome);
  }
}

function isSameServer(a: Provider, b: Provider): boolean {
  const plain = ({ type, host, settings }: Provider) => JSON.stringify([type, host, [...settings]]);
  return plain(a) === plain(b);
}
