/**
 * The shell round the engine: gives it events one at a time, carries its effects out in order, then tells the bus what has
 * changed. It decides nothing.
 */
import type { Logger } from '@connman/base';
import type {
  Dhcp4Lease,
  Dhcp6Lease,
  DhcpComponent,
  DhcpServerComponent,
  RouterAdvertiserComponent,
  SecretRef,
  TechnologyCommand,
} from '@connman/contracts';
import type { Ipv6Address } from '@connman/inet';
import type { FirewallChain, TrafficCount } from '@connman/netlink';
import type { Clock, RouterSolicitor, Sysctl } from '@connman/ports';
import type { Effect } from '../effects';
import type { Engine } from '../engine';
import type { EngineEvent, Happening } from '../events';
import type { AgentCommand } from '../model/agent/agent-registry';
import type { ClockCommand } from '../model/clock/clock';
import type { Change } from '../model/ipconfig/plan';
import type { Metrics } from '../model/metrics/metrics';
import type { ObservedAddress } from '../model/observed/tables';
import type { PortalView } from '../model/onboarding/onboarding';
import type { LoginOutcome, LoginRequest } from '../model/online/portal-login';
import type { Outcome } from '../model/outcome';
import type { ServiceSetting } from '../model/service/setting';
import { type ClientTraffic, clientTraffic } from '../model/tethering/client-traffic';
import { countTable, type KeptTethering } from '../model/tethering/tethering';
import type { WatchedUplink } from '../model/uplink/evidence';
import type { BorrowedValues } from './borrowed-values';
import type { LeaseFiles } from './lease-files';
import type { HostChecker } from './online/host-check';
import type { OnlineChecker } from './online/http-check';
import type { Nat64Finder } from './online/nat64-search';
import type { ProxyFinder } from './online/proxy-search';
import type { Announcement } from './publish/difference';
import { type PlannedChange, planOf } from './publish/plan';
import { Publication } from './publish/publication';
import type { Snapshot } from './publish/snapshot';
import { planOfChange } from './publish/what-if';
import { type Reason, whyOf } from './publish/why';
import type { ResolverBackend } from './resolver/backend';
import type { Secrets } from './secrets';
import { isNews, linksPerSlice, type Slice, slicesOf } from './slices';
import { globalName, type Store } from './store';
import { warmUp, warmUpRuns } from './warm-up';

type Deed = Exclude<Effect, { kind: 'reply' | 'change' }>;
type Reply = Effect & { kind: 'reply' };

/** What the shell carries effects out with. */
export interface Outside {
  readonly clock: Clock;
  readonly log: Logger;
  readonly sysctl: Sysctl;
  readonly routers: RouterSolicitor;
  readonly dhcp: DhcpComponent;
  readonly dhcpServers: DhcpServerComponent;
  readonly advertisers: RouterAdvertiserComponent;
  readonly uniqueLocal: { keep(prefix: Ipv6Address): void };
  readonly drivers: { command(driver: string, command: TechnologyCommand<SecretRef>): void };
  readonly resolver: ResolverBackend;
  readonly store: Store;
  readonly secrets: Pick<Secrets, 'reveal'>;
  readonly stableAddresses: { begin(interfaceName: string, service: string): void };
  readonly borrowed: Pick<BorrowedValues, 'takeSysctl' | 'giveBackSysctl' | 'keepMtu'>;
  readonly leases: Pick<LeaseFiles<Dhcp4Lease>, 'keep' | 'drop'>;
  readonly leases6: Pick<LeaseFiles<Dhcp6Lease>, 'keep' | 'drop'>;
  readonly portal: { show(view: PortalView | undefined): void };
  readonly tethering: { keep(kept: KeptTethering | undefined): void };
  readonly hostNames: { follow(names: { readonly hostname: string; readonly domain: string }): void };
  readonly kernel: {
    change(changes: readonly Change[]): void;
    deprecate(address: ObservedAddress): void;
    resync(): void;
  };
  readonly firewall: {
    replace(table: string, chains: readonly FirewallChain[]): Happening | undefined;
    countsOf(table: string): readonly TrafficCount[];
  };
  readonly onlineChecker: OnlineChecker;
  readonly portals: { logIn(login: LoginRequest, done: (outcome: LoginOutcome) => void): void };
  readonly hostChecker: HostChecker;
  /** Bytes that connected services have carried in this connection. */
  readonly carried: () => readonly (readonly [service: string, bytes: number])[];
  readonly proxyFinder: ProxyFinder;
  readonly nat64Finder: Nat64Finder;
  readonly uplinkWatch: { follow(uplinks: readonly WatchedUplink[]): void };
  readonly bus: {
    answer(operation: number, outcome: Outcome): void;
    announce(announcements: readonly Announcement[]): void;
  };
  readonly timekeeper: { carryOut(command: ClockCommand): void };
  readonly agents: { carryOut(command: AgentCommand): void };
  /** Calls back when all that has come in together has been dispatched. */
  readonly soon: (callback: () => void) => void;
  /** Calls back after everything else that waits for the program has been served once. */
  readonly later: (callback: () => void) => void;
  /** Calls back when signals that were written have left for the bus. */
  readonly afterwards: (callback: () => void) => void;
  readonly tidyUp?: { stir(): void };
  /** Each event as the engine gets it, to be replayed. */
  readonly record?: (event: EngineEvent) => void;
}

export class Shell {
  private readonly engine: Engine;
  private readonly outside: Outside;
  private readonly waiting: Happening[] = [];
  /** News of links, in order: it comes after what is waiting. */
  private readonly news: Slice[] = [];
  /** Of so many links there was news since the rest of the program was served. */
  private links = 0;
  private yielding = false;
  private readonly publication: Publication;
  /** Answers that wait until what they speak of is on disk. */
  private readonly held: Reply[] = [];
  /** By operation: what of the storage it changed. */
  private readonly written = new Map<number, string>();
  /** Effects that wait until the signals of this turn have left for the bus. */
  private readonly aside: Deed[] = [];
  /** Services with settings that come into force when they are on disk. */
  private readonly proposed = new Set<string>();
  private storing = false;
  private turning = false;
  private cancelTimer: () => void = () => {};
  private armedFor: number | undefined;
  constructor(engine: Engine, outside: Outside) {
    this.engine = engine;
    this.outside = outside;
    this.publication = new Publication((secret) => outside.secrets.reveal(secret).reveal());
  }

  /** What the bus was told last; calls are answered from it. */
  get snapshot(): Snapshot {
    return this.publication.snapshot;
  }

  get metrics(): Metrics {
    return this.engine.world.metrics;
  }

  /** What each client of a shared connection has carried. */
  clientTraffic(): readonly ClientTraffic[] {
    const { tethering } = this.engine.world;
    return clientTraffic(tethering, this.outside.firewall.countsOf(countTable));
  }

  /** Why the service is as it is; undefined when there is none of that name. */
  why(id: string): readonly Reason[] | undefined {
    return whyOf(this.engine.world, id, this.outside.clock.now());
  }

  /** What is still to be changed in the kernel. */
  plan(): readonly PlannedChange[] {
    return planOf(this.engine.world);
  }

  /** What setting a service so would do, and does not. */
  planChange(service: string, settings: readonly ServiceSetting[]): ReturnType<typeof planOfChange> {
    const { clock } = this.outside;
    return planOfChange(this.engine.world, { at: clock.now(), wall: clock.wallTime() }, service, settings);
  }

  /** One run at a time, for others want to be served between them; until a network is found. */
  warmUp(runs = warmUpRuns): void {
    const { world } = this.engine;
    if (runs === 0 || world.services.size > 0) return;
    warmUp(world);
    this.outside.later(() => this.warmUp(runs - 1));
  }

  /** Effects may bring events of their own at once; those wait for the end of the turn. */
  dispatch(happening: Happening): void {
    if (isNews(happening)) this.news.push(...slicesOf(happening));
    else this.waiting.push(happening);
    this.work();
  }

  private work(): void {
    if (this.turning) return;
    this.turning = true;
    if (!this.yielding) this.links = 0;
    try {
      for (let next = this.next(); next !== undefined; next = this.next()) this.turn(next);
    } finally {
      this.turning = false;
    }
    this.arm();
    this.outside.tidyUp?.stir();
  }

  private next(): Happening | undefined {
    const waiting = this.waiting.shift();
    if (waiting || this.yielding || this.news.length === 0) return waiting;
    // The first picture of the kernel is taken in as a whole: what a former run left is taken up with it, or taken down.
    if (this.links >= linksPerSlice && this.engine.world.synced) return this.yieldOnce();
    const slice = this.news.shift();
    this.links += slice?.links ?? 0;
    const isMore = this.news.length > 0 && slice?.news.kind !== 'kernel-dump';
    return slice && isMore ? { ...slice.news, more: true } : slice?.news;
  }

  /** The news that is left is taken up when all others have had their turn. */
  private yieldOnce(): undefined {
    this.yielding = true;
    this.outside.later(() => {
      this.yielding = false;
      this.work();
    });
  }

  private turn(happening: Happening): void {
    const { clock, record } = this.outside;
    const event: EngineEvent = { at: clock.now(), wall: clock.wallTime(), ...happening };
    record?.(event);
    const replies: Reply[] = [];
    const changes: Change[] = [];
    const switches: Deed[] = [];
    const afterwards: Deed[] = [];
    const last: Deed[] = [];
    for (const effect of this.engine.turn(event)) {
      if (happening.kind === 'intent') this.noteWrite(happening.operation, effect);
      if (effect.kind === 'reply') replies.push(effect);
      else if (effect.kind === 'change') changes.push(effect.change);
      else if (isSwitch(effect)) switches.push(effect);
      else if (comesFirst(effect)) this.carryOut(effect);
      else (comesLast(effect) ? last : afterwards).push(effect);
    }
    // Traffic waits for addresses and routes, and for nothing else here; they wait for the switches that govern them.
    for (const effect of switches) this.carryOut(effect);
    if (changes.length > 0) this.outside.kernel.change(changes);
    for (const effect of afterwards) this.carryOut(effect);
    const announcements = this.publication.update(this.engine.world);
    if (announcements.length > 0) this.outside.bus.announce(announcements);
    for (const effect of last) comesAside(effect) ? this.putAside(effect) : this.carryOut(effect);
    this.held.push(...replies);
    if (happening.kind === 'intent' || this.proposed.size > 0) this.storeSoon();
    if (!this.storing) this.answerHeld();
  }

  private putAside(effect: Deed): void {
    if (this.aside.push(effect) === 1) this.outside.afterwards(() => this.carryOutAside());
  }

  private carryOutAside(): void {
    for (const effect of this.aside.splice(0)) this.carryOut(effect);
  }

  /**
   * What a client asked for is on disk before it hears that it was done. Calls that come in together are written together:
   * a disk takes as long for one as for all of them.
   */
  private storeSoon(): void {
    const { soon, store } = this.outside;
    if (this.storing || !store.hasUnsaved) return;
    this.storing = true;
    soon(() => this.commit());
  }

  private commit(): void {
    const { store } = this.outside;
    store.flush([...this.proposed, ...this.written.values()]);
    const services = [...this.proposed];
    this.proposed.clear();
    for (const service of services) {
      const fault = store.faultOf(service);
      this.dispatch({ kind: 'proposal-settled', service, ...(fault !== undefined && { fault }) });
    }
    this.storing = false;
    this.answerHeld();
  }

  private noteWrite(operation: number, effect: Effect): void {
    if (effect.kind === 'store-service') this.written.set(operation, effect.service.id);
    else if (effect.kind === 'store-global') this.written.set(operation, globalName);
  }

  /** In the order of the calls. */
  private answerHeld(): void {
    const { bus, store } = this.outside;
    for (const { operation, outcome } of this.held.splice(0).sort((a, b) => a.operation - b.operation)) {
      const fault = store.faultOf(this.written.get(operation) ?? '');
      this.written.delete(operation);
      // A switch is thrown all the same: a radio must fall silent also when the disk is full.
      const unsaved = { ok: false, error: 'Failed', text: `Done, but forgotten at the next start: ${fault}` } as const;
      bus.answer(operation, outcome.ok && fault !== undefined ? unsaved : outcome);
    }
  }

  private carryOut(effect: Deed): void {
    const { outside } = this;
    switch (effect.kind) {
      case 'resync':
        return outside.kernel.resync();
      case 'sysctl':
        return this.withSysctls(() => this.setSysctl(effect.path, effect.value));
      case 'sysctl-borrow':
        return this.withSysctls(() => outside.borrowed.takeSysctl(effect.path, effect.value, effect.instead));
      case 'sysctl-restore':
        return this.withSysctls(() => outside.borrowed.giveBackSysctl(effect.path));
      case 'stable-addresses':
        return this.withSysctls(() => outside.stableAddresses.begin(effect.interfaceName, effect.service));
      case 'keep-mtu':
        return outside.borrowed.keepMtu(effect.ifindex, effect.mtu);
      case 'deprecate-address':
        return outside.kernel.deprecate(effect.address);
      case 'solicit-router':
        return this.solicit(effect.interfaceName);
      case 'dhcp-start':
        return outside.dhcp.start(effect.request);
      case 'dhcp-renew':
        return outside.dhcp.renew(effect.ifindex, effect.family);
      case 'dhcp-stop':
        return outside.dhcp.stop(effect.ifindex, effect.family, { release: effect.release });
      case 'dhcp-decline':
        return outside.dhcp.decline(effect.ifindex, effect.address);
      case 'dhcp-server-start':
        return outside.dhcpServers.start(effect.request);
      case 'dhcp-server-stop':
        return outside.dhcpServers.stop(effect.ifindex);
      case 'advertise':
        return outside.advertisers.start(effect.request);
      case 'advertise-stop':
        return outside.advertisers.stop(effect.ifindex);
      case 'keep-unique-local':
        return outside.uniqueLocal.keep(effect.prefix);
      case 'keep-tethering':
        return outside.tethering.keep(effect.kept);
      case 'portal':
        return outside.portal.show(effect.view);
      case 'keep-lease':
        if (effect.family === 4) return outside.leases.keep(effect.service, effect.kept);
        return outside.leases6.keep(effect.service, effect.kept);
      case 'drop-lease':
        return (effect.family === 4 ? outside.leases : outside.leases6).drop(effect.service);
      case 'technology':
        return outside.drivers.command(effect.driver, effect.command);
      case 'firewall': {
        const refused = outside.firewall.replace(effect.table, effect.chains);
        return refused && this.dispatch(refused);
      }
      case 'online-check': {
        const { checkId } = effect.request;
        return outside.onlineChecker.check(effect.request, (outcome) =>
          this.dispatch({ kind: 'online-result', checkId, outcome }),
        );
      }
      case 'count-traffic':
        return this.dispatch({ kind: 'traffic-counted', carried: outside.carried() });
      case 'proxy-search': {
        const { service, hosts } = effect.request;
        return outside.proxyFinder(effect.request, (url) =>
          this.dispatch({ kind: 'proxy-found', service, hosts, url }),
        );
      }
      case 'nat64-search': {
        const { service, nameservers: servers } = effect.request;
        return outside.nat64Finder(effect.request, (addresses) =>
          this.dispatch({ kind: 'nat64-found', service, servers, ...(addresses && { addresses }) }),
        );
      }
      case 'host-check': {
        const { checkId } = effect.request;
        return outside.hostChecker(effect.request, (fault) =>
          this.dispatch({ kind: 'host-result', checkId, ...(fault !== undefined && { fault }) }),
        );
      }
      case 'online-cancel':
        return outside.onlineChecker.cancel(effect.checkId);
      case 'portal-login': {
        const { login } = effect;
        return outside.portals.logIn(login, (outcome) =>
          this.dispatch({ kind: 'portal-login-result', login, outcome }),
        );
      }
      case 'watch-uplinks':
        return outside.uplinkWatch.follow(effect.uplinks);
      case 'dns-flush':
        return outside.resolver.flush?.();
      case 'dns':
        return outside.resolver.apply(effect.plan);
      case 'host-names':
        return outside.hostNames.follow(effect);
      case 'agent':
        return outside.agents.carryOut(effect.command);
      case 'clock':
        return outside.timekeeper.carryOut(effect.command);
      case 'store-service':
        return outside.store.saveService(effect.service);
      case 'propose-service':
        this.proposed.add(effect.service.id);
        return outside.store.saveService(effect.service);
      case 'forget-service':
        return outside.store.forgetService(effect.service);
      case 'store-global':
        return outside.store.saveGlobal(effect.settings);
      case 'log':
        return outside.log[effect.level](effect.message);
      default:
        effect satisfies never;
    }
  }

  /** A setting that is right already is not written: writing disable_ipv6 flushes addresses. */
  private setSysctl(path: string, value: string): void {
    const { sysctl } = this.outside;
    const current = sysctl.read(path);
    if (current !== undefined && current !== value) sysctl.write(path, value);
  }

  private withSysctls(act: () => unknown): void {
    try {
      act();
    } catch (error) {
      this.outside.log.warning(`${(error as Error).message}; left as it is`);
    }
  }

  private solicit(interfaceName: string): void {
    try {
      this.outside.routers.solicit(interfaceName);
    } catch (error) {
      this.outside.log.info(`${(error as Error).message}; waiting for the next router advertisement`);
    }
  }

  private arm(): void {
    const deadline = this.engine.deadline();
    if (deadline === this.armedFor) return;
    this.cancelTimer();
    this.armedFor = deadline;
    this.cancelTimer = () => {};
    if (deadline === undefined) return;
    const { clock } = this.outside;
    this.cancelTimer = clock.setTimer(Math.max(0, deadline - clock.now()), () => {
      this.armedFor = undefined;
      this.dispatch({ kind: 'tick' });
    });
  }

  /** Agents are released; links stay as they are. */
  close(): void {
    this.dispatch({ kind: 'agent', input: { kind: 'shutdown' } });
    if (this.engine.world.counts.size > 0)
      this.dispatch({ kind: 'traffic-counted', carried: this.outside.carried(), isLast: true });
    this.cancelTimer();
    this.carryOutAside();
    this.commit();
    this.outside.store.flush();
  }
}

/** What governs addresses and routes, and what goes by them. */
function isSwitch({ kind }: Effect): boolean {
  return kind === 'firewall' || kind === 'stable-addresses' || kind.startsWith('sysctl');
}

/** A server's answer is long in coming; a lease is given back from the address that is given back, and so is what was advertised. */
function comesFirst(effect: Effect): boolean {
  return (
    effect.kind === 'dhcp-start' || effect.kind === 'advertise-stop' || (effect.kind === 'dhcp-stop' && effect.release)
  );
}

/** Files: signals that were written leave for the bus at the end of all turns that are due, and would wait for them. */
function comesAside({ kind }: Effect): boolean {
  return kind === 'keep-lease' || kind === 'drop-lease' || kind === 'host-names';
}

/** What no client waits for. */
function comesLast(effect: Effect): boolean {
  const { kind } = effect;
  return (
    comesAside(effect) ||
    kind === 'log' ||
    kind === 'online-check' ||
    kind === 'host-check' ||
    kind === 'proxy-search' ||
    kind === 'nat64-search'
  );
}
