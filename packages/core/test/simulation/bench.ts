/**
 * A machine with a daemon on it for conversation tests: the test plays the cables, the DHCP servers, the users and the
 * internet, and reads what the engine does in words.
 */
import { Secret } from '@connman/base';
import type { AdvertisementRequest, DhcpServerRequest, TechnologyDriver } from '@connman/contracts';
import type { IpAddress, Ipv6Address, MacAddress } from '@connman/inet';
import type { FirewallChain } from '@connman/netlink';
import { FakeKernel, ManualClock, type NewLink, ScriptedRadio } from '@connman/testkit';
import type { Effect } from '../../src/effects';
import type { EngineEvent, Intent } from '../../src/events';
import type { EngineConfig } from '../../src/model/config';
import type { Change } from '../../src/model/ipconfig/plan';
import { mainTable } from '../../src/model/observed/keys';
import type { CheckOutcome, CheckRequest } from '../../src/model/online/online-machine';
import type { Outcome } from '../../src/model/outcome';
import type { DnsPlan } from '../../src/model/resolver/dns-plan';
import { pendingOf, type Service } from '../../src/model/service/service';
import type { HostCheck } from '../../src/model/trial/trial';
import { effectInWords } from '../../src/replay/in-words';
import { Secrets } from '../../src/shell/secrets';
import { placeOf } from '../../src/world';
import { Daemon, type DaemonOptions, Disk, FakeSysctls, type ScriptedAgent } from './daemon';
import { ScriptedDhcp } from './scripted-dhcp';
import { ScriptedVpn } from './scripted-vpn';

/** Effects that most conversations are not about. */
const details = new Set<Effect['kind']>([
  'log',
  'sysctl',
  'sysctl-borrow',
  'sysctl-restore',
  'keep-mtu',
  'store-service',
  'propose-service',
  'keep-lease',
  'drop-lease',
  'host-names',
  'dns',
  'watch-uplinks',
]);

export class Bench {
  readonly clock = new ManualClock(1_000_000);
  readonly kernel = new FakeKernel(this.clock);
  readonly sysctls = new FakeSysctls(this.kernel);
  readonly disk = new Disk();
  readonly dhcp = new ScriptedDhcp();
  /** What the internet answers to a check; none while undefined. */
  internet: CheckOutcome | undefined = { kind: 'online' };
  readonly checks: CheckRequest[] = [];
  /** What it answers by that link. */
  answer: (request: CheckRequest) => CheckOutcome | undefined = () => this.internet;
  /** What a portal says to name and password. */
  logIn: NonNullable<DaemonOptions['logIn']> = () => {};
  /** Hosts that have an address. */
  readonly knownHosts = new Set<string>();
  /** Bytes that connected services have carried, by the link's name. */
  readonly carried = new Map<string, number>();
  /** Of ipv4only.arpa, by DNS64; undefined while no name server responds. */
  nat64Addresses: readonly Ipv6Address[] | undefined = [];
  /** Why a host does not respond; undefined if it does. */
  hostFault: (request: HostCheck) => string | undefined = () => 'no answer';
  /** Sees each change just before the kernel does. */
  onRequest: (change: Change) => void = () => {};
  /** When what has come in together is over. */
  soon: (callback: () => void) => void = (callback) => callback();
  /** The routers of a link are asked to speak. */
  onSolicit: (interfaceName: string) => void = () => {};
  private agent: ScriptedAgent = () => {};
  /** What the agent was asked for, by the names of the fields. */
  readonly asked: string[][] = [];
  private readonly passphrases: string[] = [];
  readonly radios: ScriptedRadio[] = [];
  readonly vpns: ScriptedVpn[] = [];
  private readonly drivers: TechnologyDriver[] = [];
  /** How names were to be resolved last. */
  dnsPlan: DnsPlan | undefined;
  readonly secrets = new Secrets();
  /** DEVTYPE of links that have one, by name. */
  private readonly deviceTypes = new Map<string, string>();
  /** After each turn. */
  onTurn: () => void = () => {};
  /** The tables of the firewall, which outlive the daemon. */
  readonly firewall = new Map<string, readonly FirewallChain[]>();
  /** DHCP servers of shared connections that run, by ifindex. */
  readonly dhcpServers = new Map<number, DhcpServerRequest>();
  /** Router advertisements that clients get, by ifindex. */
  readonly advertised = new Map<number, AdvertisementRequest>();
  /** Why such a server cannot run. */
  dhcpServerFault: string | undefined;
  /** Why the kernel refuses a table of the firewall; undefined where it takes it. */
  firewallFault: (table: string) => string | undefined = () => undefined;
  daemon: Daemon;
  readonly trace: EngineEvent[] = [];
  turns = 0;
  private readonly config: Partial<EngineConfig>;
  private effects: { readonly at: number; readonly effect: Effect }[] = [];
  private macs = 0;

  constructor(config: Partial<EngineConfig> = {}) {
    this.config = config;
    this.daemon = this.newDaemon();
  }

  newDaemon(): Daemon {
    const { clock, kernel, sysctls, disk, dhcp } = this;
    return new Daemon({
      clock,
      kernel,
      sysctls,
      disk,
      dhcp,
      firewall: this.firewall,
      dhcpServers: {
        start: (request) => {
          const { ifindex } = request;
          const { dhcpServerFault: reason } = this;
          if (reason === undefined) this.dhcpServers.set(ifindex, request);
          const event =
            reason === undefined
              ? ({ kind: 'clients', ifindex, clients: [] } as const)
              : ({ kind: 'failed', ifindex, reason } as const);
          this.daemon.dispatch({ kind: 'dhcp-server', event });
        },
        stop: (ifindex) => this.dhcpServers.delete(ifindex),
      },
      advertisers: {
        start: (request) => this.advertised.set(request.ifindex, request),
        stop: (ifindex) => this.advertised.delete(ifindex),
      },
      firewallFault: (table) => this.firewallFault(table),
      config: this.config,
      drivers: this.drivers,
      secrets: this.secrets,
      deviceType: (ifindex) => this.deviceTypes.get(kernel.link(ifindex)?.name ?? '') ?? '',
      check: (request, done) => {
        this.checks.push(request);
        const silence = { kind: 'failure', reason: 'no answer', transient: false } as const;
        const outcome = this.answer(request);
        if (outcome) clock.setTimer(20, () => done(outcome));
        else if (request.timeoutMs) clock.setTimer(request.timeoutMs, () => done(silence));
      },
      logIn: (login, done) => this.logIn(login, done),
      hostCheck: (request) => this.hostFault(request),
      knownHosts: this.knownHosts,
      carried: () => [...this.carried].map(([name, bytes]) => [this.idOf(name), bytes]),
      nat64Addresses: () => this.nat64Addresses,
      onRequest: (change) => this.onRequest(change),
      soon: (callback) => this.soon(callback),
      onSolicit: (interfaceName) => this.onSolicit(interfaceName),
      agent: (ask, answer) => this.agent(ask, answer),
      onTurn: (event, effects) => {
        this.turns++;
        this.trace.push(event);
        for (const effect of effects) if (effect.kind === 'dns') this.dnsPlan = effect.plan;
        this.effects.push(...effects.map((effect) => ({ at: event.at, effect })));
        this.onTurn();
      },
    });
  }

  start(): void {
    this.daemon.start();
  }

  /** SIGKILL, and a new daemon on what the old one left. */
  restart(): void {
    this.kill();
    this.daemon = this.newDaemon();
    this.start();
  }

  kill(): void {
    this.daemon.kill();
    this.dhcp.running.clear();
  }

  // The machine.

  addLink(name: string, options: Partial<NewLink> = {}): number {
    const mac = `02:00:00:00:00:${(++this.macs).toString(16).padStart(2, '0')}` as MacAddress;
    return this.kernel.createLink({ name, mac, ...options });
  }

  /** The drivers of the next daemon. */
  useDrivers(...drivers: readonly TechnologyDriver[]): void {
    this.drivers.splice(0, this.drivers.length, ...drivers);
  }

  /** This machine's end of a USB cable, as a gadget. */
  addGadgetLink(name: string, options: Partial<NewLink> = {}): number {
    this.deviceTypes.set(name, 'gadget');
    return this.addLink(name, options);
  }

  addWirelessLink(name: string, mac?: MacAddress): number {
    this.deviceTypes.set(name, 'wlan');
    return this.addLink(name, { plugged: false, up: true, ...(mac && { mac }) });
  }

  /** A radio of a driver of its own, there from the daemon's start on; `attach` it if that was before. */
  addRadio(name: string, driver = 'radio'): ScriptedRadio & { readonly ifindex: number } {
    const ifindex = this.addWirelessLink(name);
    const { mac } = this.kernel.link(ifindex) ?? {};
    const onCarrier = (carrier: boolean) => this.kernel.plug(ifindex, carrier);
    const options = { clock: this.clock, interfaceName: name, ifindex, mac: mac as MacAddress, driver, onCarrier };
    const radio = Object.assign(new ScriptedRadio(options), { ifindex });
    this.radios.push(radio);
    this.drivers.push(radio);
    return radio;
  }

  /** The driver of tunnels, there from the daemon's start on. */
  addVpn(): ScriptedVpn {
    const vpn = new ScriptedVpn(this.kernel, this.clock);
    this.vpns.push(vpn);
    this.drivers.push(vpn);
    return vpn;
  }

  attach(radio: ScriptedRadio): void {
    this.daemon.drivers.add(radio);
  }

  advance(milliseconds: number): void {
    this.clock.advance(milliseconds);
  }

  // What is to be seen.

  /** What the engine has done since the last look; only effects of these kinds, or all that are not mere details. */
  done(...kinds: Effect['kind'][]): string[] {
    const seen = this.effects;
    this.effects = [];
    const nameOf = (ifindex: number) => this.kernel.link(ifindex)?.name ?? `link ${ifindex}`;
    return seen
      .filter(({ effect }) => (kinds.length > 0 ? kinds.includes(effect.kind) : !details.has(effect.kind)))
      .map(({ at, effect }) => effectInWords(effect, nameOf, at));
  }

  /** The service at a link, by the link's name. */
  service(name: string): Service | undefined {
    return [...this.daemon.engine.world.services.values()].find((service) => this.linkNameOf(service) === name);
  }

  private linkNameOf(service: Service | undefined): string {
    const { world } = this.daemon.engine;
    return world.observed.links.get((service && placeOf(world, service)) ?? 0)?.name ?? '?';
  }

  /** What the service at a link still lacks. */
  pending(name: string): readonly string[] {
    const service = this.service(name);
    return service ? pendingOf(service) : [];
  }

  state(name: string): string | undefined {
    return this.service(name)?.state;
  }

  /** Names of the services' links, the default one first. */
  order(): string[] {
    const { order, services } = this.daemon.engine.world;
    return order.map((id) => this.linkNameOf(services.get(id)));
  }

  /** The default and host routes of IPv4 as `ip route` would show them. */
  routes(): string[] {
    return this.kernel
      .dump()
      .routes.filter((route) => route.family === 4 && route.protocol !== 2 && route.table === mainTable)
      .map(({ destination, gateway, ifindex, metric }) => {
        const to = destination.length === 0 ? 'default' : `${destination.address}/${destination.length}`;
        const way = gateway ? ` via ${gateway}` : '';
        return `${to}${way} ${this.kernel.link(ifindex)?.name}${metric >= 2 ** 20 ? ' low' : metric === 0 ? '' : ` metric ${metric}`}`;
      });
  }

  addresses(name: string): string[] {
    const ifindex = this.kernel.dump().links.find((link) => link.name === name)?.ifindex ?? 0;
    return this.kernel.addressesOf(ifindex, 4).map((own) => `${own.address}/${own.prefixLength}`);
  }

  // The user.

  /** An intent and its outcome, if it has one already. */
  ask(intent: Intent): Outcome | undefined {
    return this.daemon.answers.get(this.daemon.ask(intent));
  }

  /** A client registers an agent that answers so; it stays silent if no answer is given. */
  registerAgent(agent: ScriptedAgent = () => {}): void {
    this.agent = agent;
    this.daemon.registerAgent();
    this.done();
  }

  /** An agent that answers RequestInput with these passphrases in turn. */
  agentGives(...passphrases: readonly string[]): void {
    this.passphrases.push(...passphrases);
    this.registerAgent((ask, answer) => {
      if (ask.member !== 'RequestInput') return;
      this.asked.push(ask.fields.map((field) => field.name));
      const given = this.passphrases.shift();
      if (given === undefined) answer({ kind: 'error', name: 'net.connman.Agent.Error.Canceled' });
      else answer({ kind: 'reply', input: { passphrase: this.secrets.keep(new Secret(given)) } });
    });
  }

  /** Routers of the link advertise a prefix. */
  advertise(name: string, prefix: string): void {
    const link = this.kernel.dump().links.find((one) => one.name === name);
    const router = 'fe80::1' as IpAddress;
    this.kernel.advertise(link?.ifindex ?? 0, router, { address: prefix as IpAddress, length: 64 }, 1800);
  }

  // Services by their names.

  serviceOfName(name: string): Service | undefined {
    return [...this.daemon.engine.world.services.values()].find((service) => service.name === name);
  }

  stateOfName(name: string): string | undefined {
    return this.serviceOfName(name)?.state;
  }

  /** What the service of that name still lacks. */
  pendingOfName(name: string): readonly string[] {
    const service = this.serviceOfName(name);
    return service ? pendingOf(service) : [];
  }

  idOfName(name: string): string {
    return this.serviceOfName(name)?.id ?? '';
  }

  /** In order, the default one first. */
  names(): string[] {
    const { order, services } = this.daemon.engine.world;
    return order.flatMap((id) => services.get(id)?.name ?? []);
  }

  idOf(name: string): string {
    const service = this.service(name);
    if (!service) throw new Error(`${name} has no service`);
    return service.id;
  }
}
