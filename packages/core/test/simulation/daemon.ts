/** connmand on a machine that is not there: the real engine and shell, everything outside them fake. */
import { silentLogger } from '@connman/base';
import type {
  DhcpComponent,
  DhcpServerComponent,
  RouterAdvertiserComponent,
  TechnologyDriver,
} from '@connman/contracts';
import type { Ipv6Address } from '@connman/inet';
import type { FirewallChain } from '@connman/netlink';
import type { Clock } from '@connman/ports';
import { type FakeKernel, MemoryFiles } from '@connman/testkit';
import type { Effect } from '../../src/effects';
import { Engine } from '../../src/engine';
import type { EngineEvent, Happening } from '../../src/events';
import type { AgentAnswer, AgentAsk } from '../../src/model/agent/ask';
import { nothingBorrowed } from '../../src/model/borrowed';
import type { ClockCommand } from '../../src/model/clock/clock';
import type { EngineConfig } from '../../src/model/config';
import type { KeptLease, KeptLease6 } from '../../src/model/ipconfig/kept-lease';
import type { Change } from '../../src/model/ipconfig/plan';
import type { CheckOutcome, CheckRequest } from '../../src/model/online/online-machine';
import type { LoginOutcome, LoginRequest } from '../../src/model/online/portal-login';
import type { Outcome } from '../../src/model/outcome';
import type { Service } from '../../src/model/service/service';
import type { ServiceSettings } from '../../src/model/service/settings';
import type { GlobalSettings } from '../../src/model/technology/stored-settings';
import type { KeptTethering } from '../../src/model/tethering/tethering';
import type { HostCheck } from '../../src/model/trial/trial';
import { BorrowedValues } from '../../src/shell/borrowed-values';
import { Drivers } from '../../src/shell/drivers';
import { Secrets } from '../../src/shell/secrets';
import { Shell } from '../../src/shell/shell';
import { StableAddresses } from '../../src/shell/stable-addresses';
import { Store } from '../../src/shell/store';
import type { Stored } from '../../src/world';
import { BusMirror } from './bus-mirror';
import { KernelSide } from './kernel-side';

export const defaultConfig: EngineConfig = {
  filter: { only: [], never: [], blacklist: [], reserved: [] },
  hostname: 'host',
  vendorClassId: '',
  addressConflictDetection: false,
  preferredTechnologies: [],
  singleConnectedTechnology: false,
  alwaysConnectedTechnologies: [],
  autoConnectsRoaming: false,
  defaultAutoConnectTechnologies: ['ethernet', 'wifi', 'cellular'],
  defaultFavoriteTechnologies: ['ethernet'],
  fallbackNameservers: [],
  dnsOverTls: 'off',
  macAddressPolicy: 'permanent',
  stableAddresses: false,
  verifiedUplinks: true,
  backgroundScanning: true,
  tetheringTechnologies: ['wifi'],
  persistentTethering: false,
  tetheringBridge: '',
  tetheringThrough: false,
  answersNames: true,
  fallbackTimeservers: [],
  gatewaysAreTimeservers: false,
  online: {
    mode: 'one-shot',
    ipv4Url: 'http://ipv4.check.test/',
    ipv6Url: 'http://ipv6.check.test/',
    intervals: { initial: 1, max: 12, style: 'geometric' },
    failuresThreshold: 6,
    successesThreshold: 6,
  },
  agentTimeouts: { inputMs: 120_000, browserMs: 300_000 },
};

const runFolder = '/run/connman';

/** What outlives a daemon: its settings, as JSON text as on a real disk. */
export class Disk {
  readonly files = new MemoryFiles().putFolder(runFolder);
  private readonly services = new Map<string, string>();
  private readonly leases = new Map<string, string>();
  private readonly leases6Texts = new Map<string, string>();
  private tethering: string | undefined;
  private global = JSON.stringify({ offlineMode: false, technologies: {} });

  read(): Stored {
    const services = [...this.services].map(([id, text]) => [id, JSON.parse(text) as ServiceSettings] as const);
    const leases = [...this.leases].map(([id, text]) => [id, JSON.parse(text) as KeptLease] as const);
    const leases6 = [...this.leases6Texts].map(([id, text]) => [id, JSON.parse(text) as KeptLease6] as const);
    const global = JSON.parse(this.global) as GlobalSettings;
    const tethering = this.tethering === undefined ? {} : { tethering: JSON.parse(this.tethering) as KeptTethering };
    return {
      global,
      services: new Map(services),
      leases: new Map(leases),
      leases6: new Map(leases6),
      borrowed: nothingBorrowed,
      uniqueLocal: this.uniqueLocal ?? ('fd01:203:405::' as Ipv6Address),
      ...tethering,
    };
  }

  /** As it was kept. */
  uniqueLocal: Ipv6Address | undefined;

  /** Files written, in order. */
  readonly writes: string[] = [];

  /** Why nothing can be written now. */
  fault: string | undefined;

  writeService(service: Service): string | undefined {
    if (this.fault !== undefined) return this.fault;
    this.writes.push(service.id);
    this.services.set(service.id, JSON.stringify(service.settings));
    return undefined;
  }

  keep(service: string, kept: KeptLease): void {
    this.leases.set(service, JSON.stringify(kept));
  }

  readonly leases6 = {
    keep: (service: string, kept: KeptLease6) => void this.leases6Texts.set(service, JSON.stringify(kept)),
    drop: (service: string) => void this.leases6Texts.delete(service),
  };

  keepTethering(kept: KeptTethering | undefined): void {
    this.tethering = kept && JSON.stringify(kept);
  }

  drop(service: string): void {
    this.leases.delete(service);
  }

  forgetService(id: string): void {
    this.writes.push(`forget ${id}`);
    this.services.delete(id);
  }

  writeGlobal(settings: GlobalSettings): string | undefined {
    if (this.fault !== undefined) return this.fault;
    this.writes.push('settings');
    this.global = JSON.stringify(settings);
    return undefined;
  }
}

/** The kernel's settings under /proc/sys, with what writing some of them does. */
export class FakeSysctls {
  private readonly values = new Map<string, string>();
  private readonly kernel: FakeKernel;

  constructor(kernel: FakeKernel) {
    this.kernel = kernel;
  }

  read(path: string): string {
    return this.values.get(path) ?? (path.endsWith('/accept_ra') ? '1' : '0');
  }

  write(path: string, value: string): void {
    this.values.set(path, value);
    // The kernel goes by a secret as soon as it has one.
    if (path.endsWith('/stable_secret')) this.values.set(path.replace('stable_secret', 'addr_gen_mode'), '2');
    const [, name] = /^net\/ipv6\/conf\/(.+)\/disable_ipv6$/.exec(path) ?? [];
    const link = this.kernel.dump().links.find((one) => one.name === name);
    if (link && value === '1') this.kernel.flushIpv6(link.ifindex);
  }
}

export type ScriptedAgent = (ask: AgentAsk, answer: (answer: AgentAnswer) => void) => void;

export interface DaemonOptions {
  readonly clock: Clock;
  readonly kernel: FakeKernel;
  readonly sysctls: FakeSysctls;
  readonly disk: Disk;
  readonly dhcp: DhcpComponent;
  readonly check: (request: CheckRequest, done: (outcome: CheckOutcome) => void) => void;
  /** What a portal says to name and password. */
  readonly logIn?: (login: LoginRequest, done: (outcome: LoginOutcome) => void) => void;
  /** A host's answer: why it does not respond; undefined if it does. */
  /** Hosts that have an address. */
  readonly knownHosts?: ReadonlySet<string>;
  /** Bytes that services have carried in their connections. */
  readonly carried?: () => readonly (readonly [service: string, bytes: number])[];
  /** Of ipv4only.arpa, by DNS64. */
  readonly nat64Addresses?: () => readonly Ipv6Address[] | undefined;
  readonly hostCheck?: (request: HostCheck) => string | undefined;
  /** Of shared connections. */
  readonly dhcpServers?: DhcpServerComponent;
  readonly advertisers?: RouterAdvertiserComponent;
  readonly firewall?: Map<string, readonly FirewallChain[]>;
  /** Why the kernel refuses a table; undefined where it takes it. */
  readonly firewallFault?: (table: string) => string | undefined;
  readonly config?: Partial<EngineConfig>;
  readonly latencyMs?: () => number;
  readonly settleMs?: () => number;
  readonly onRequest?: (change: Change) => void;
  /** When what has come in together is over; at once if not given. */
  readonly soon?: (callback: () => void) => void;
  /** The routers of a link are asked to speak. */
  readonly onSolicit?: (interfaceName: string) => void;
  /** The agent that `registerAgent` registers: answers what it is asked, at once or later. */
  readonly agent?: ScriptedAgent;
  /** Drivers of technologies, and the secrets they are handed. */
  readonly drivers?: readonly TechnologyDriver[];
  readonly secrets?: Secrets;
  /** The DEVTYPE of a link's uevent. */
  readonly deviceType?: (ifindex: number) => string;
  /** Each turn: what happened, and what came of it. */
  readonly onTurn?: (event: EngineEvent, effects: readonly Effect[]) => void;
}

class WatchedEngine extends Engine {
  onTurn: (event: EngineEvent, effects: readonly Effect[]) => void = () => {};

  override turn(event: EngineEvent): readonly Effect[] {
    const effects = super.turn(event);
    this.onTurn(event, effects);
    return effects;
  }
}

export class Daemon {
  readonly engine: Engine;
  /** What it started from. */
  readonly stored: Stored;
  readonly kernelSide: KernelSide;
  readonly answers = new Map<number, Outcome>();
  readonly clockCommands: ClockCommand[] = [];
  readonly client = new BusMirror();
  readonly drivers: Drivers;
  private readonly added: readonly TechnologyDriver[];
  private readonly shell: Shell;
  private readonly checks = new Set<number>();
  private alive = true;
  private lastOperation = 0;

  constructor(options: DaemonOptions) {
    const { clock, kernel, sysctls, disk, dhcp, latencyMs, settleMs, onRequest } = options;
    const { files } = disk;
    const borrowed = new BorrowedValues({ files, sysctl: sysctls, runFolder, bootId: 'boot', log: silentLogger });
    this.stored = { ...disk.read(), borrowed: borrowed.former };
    const engine = new WatchedEngine({ ...defaultConfig, ...options.config }, this.stored);
    if (options.onTurn) engine.onTurn = options.onTurn;
    this.engine = engine;
    const dispatch = (happening: Happening) => this.dispatch(happening);
    const secrets = options.secrets ?? new Secrets();
    this.drivers = new Drivers(secrets, dispatch, (callback) => callback());
    this.added = options.drivers ?? [];
    this.kernelSide = new KernelSide({
      kernel,
      clock,
      dispatch,
      ...(latencyMs && { latencyMs }),
      ...(settleMs && { settleMs }),
      ...(onRequest && { onRequest }),
      ...(options.deviceType && { deviceType: options.deviceType }),
    });
    dhcp.onEvent((event) => dispatch({ kind: 'dhcp', events: [event] }));
    this.shell = new Shell(engine, {
      clock: { now: () => clock.now(), wallTime: () => clock.wallTime(), setTimer: this.timersOf(clock) },
      log: silentLogger,
      sysctl: sysctls,
      routers: { solicit: (interfaceName) => options.onSolicit?.(interfaceName) },
      dhcp,
      secrets,
      drivers: this.drivers,
      resolver: { apply: () => {}, close: () => {} },
      store: new Store(disk, clock),
      leases: disk,
      leases6: disk.leases6,
      portal: { show: () => {} },
      tethering: { keep: (kept) => disk.keepTethering(kept) },
      dhcpServers: options.dhcpServers ?? { start: () => {}, stop: () => {} },
      advertisers: options.advertisers ?? { start: () => {}, stop: () => {} },
      uniqueLocal: {
        keep: (prefix) => {
          disk.uniqueLocal = prefix;
        },
      },
      borrowed,
      stableAddresses: new StableAddresses({
        ...{ files, sysctl: sysctls, borrowed, log: silentLogger, secretFile: '/var/lib/connman/ipv6-secret' },
        entropy: { bytes: (count) => new Uint8Array(count).fill(7), uint32: () => 7 },
      }),
      hostNames: { follow: () => {} },
      kernel: this.kernelSide,
      firewall: {
        replace: (table, chains) => {
          const reason = chains.length > 0 && options.firewallFault?.(table);
          if (reason) {
            const held = (options.firewall?.get('connman-lock') ?? []).flatMap(({ name, base }) =>
              base ? [] : [name],
            );
            return { kind: 'firewall-refused', table, reason, held };
          }
          if (chains.length > 0) options.firewall?.set(table, chains);
          else options.firewall?.delete(table);
          return undefined;
        },
        countsOf: () => [],
      },
      onlineChecker: {
        check: (request, done) => {
          this.checks.add(request.checkId);
          options.check(request, (outcome) => {
            if (this.alive && this.checks.delete(request.checkId)) done(outcome);
          });
        },
        cancel: (checkId) => this.checks.delete(checkId),
      },
      portals: { logIn: (login, done) => options.logIn?.(login, done) },
      proxyFinder: ({ hosts }, done) => {
        const found = hosts.find((host) => options.knownHosts?.has(host));
        this.timersOf(clock)(20, () => done(found === undefined ? '' : `http://${found}/wpad.dat`));
      },
      carried: () => options.carried?.() ?? [],
      nat64Finder: (_, done) => this.timersOf(clock)(20, () => done(options.nat64Addresses?.())),
      hostChecker: (request, done) => {
        const fault = options.hostCheck ? options.hostCheck(request) : 'no such host';
        this.timersOf(clock)(fault === undefined ? 20 : request.timeoutMs, () => done(fault));
      },
      later: (callback) => this.timersOf(clock)(0, callback),
      uplinkWatch: { follow: () => {} },
      afterwards: (callback) => callback(),
      soon: (callback) => (options.soon ? options.soon(() => this.alive && callback()) : callback()),
      bus: {
        answer: (operation, outcome) => this.answer(operation, outcome),
        announce: (announcements) => this.client.hear(announcements),
      },
      timekeeper: { carryOut: (command) => this.clockCommands.push(command) },
      agents: {
        carryOut: (command) => {
          if (command.kind !== 'call-agent') return;
          const { requestId } = command;
          options.agent?.(command.ask, (answer) =>
            dispatch({ kind: 'agent', input: { kind: 'answer', requestId, answer } }),
          );
        },
      },
    });
  }

  start(): void {
    this.kernelSide.start();
    for (const driver of this.added) this.drivers.add(driver);
  }

  /** Manager.RegisterAgent. */
  registerAgent(): void {
    const operation = ++this.lastOperation;
    this.dispatch({ kind: 'agent', input: { kind: 'register', operation, sender: ':agent', path: '/agent' } });
  }

  /** SIGKILL: nothing is written, no one is told; the kernel keeps what it has. */
  kill(): void {
    this.alive = false;
    this.kernelSide.detach();
  }

  /** As at SIGTERM. */
  close(): void {
    this.shell.close();
    this.kill();
  }

  dispatch(happening: Happening): void {
    if (this.alive) this.shell.dispatch(happening);
  }

  /** A client's call; its outcome is in `answers` when there is one. */
  ask(intent: (Happening & { kind: 'intent' })['intent']): number {
    const operation = ++this.lastOperation;
    this.dispatch({ kind: 'intent', operation, intent });
    return operation;
  }

  get snapshot() {
    return this.shell.snapshot;
  }

  /** What the shell remembers by itself: not the engine's world, and not the fake machine. */
  get shellMemory(): unknown {
    return Object.entries(this.shell).filter(([name]) => name !== 'engine' && name !== 'outside');
  }

  private timersOf(clock: Clock): Clock['setTimer'] {
    return (delayMs, callback) => clock.setTimer(delayMs, () => this.alive && callback());
  }

  private answer(operation: number, outcome: Outcome): void {
    if (this.answers.has(operation)) throw new Error(`operation ${operation} is answered twice`);
    this.answers.set(operation, outcome);
  }
}
