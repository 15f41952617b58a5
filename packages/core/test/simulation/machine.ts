/** A simulated machine: a kernel with its links and cables, the networks behind them, a daemon that may be killed. */
import type { DhcpComponent } from '@connman/contracts';
import type { IpAddress, MacAddress } from '@connman/inet';
import type { RouteFact } from '@connman/netlink';
import { FakeKernel, ManualClock } from '@connman/testkit';
import type { Effect } from '../../src/effects';
import type { EngineEvent } from '../../src/events';
import type { AgentAnswer, AgentAsk } from '../../src/model/agent/ask';
import type { EngineConfig } from '../../src/model/config';
import type { Change } from '../../src/model/ipconfig/plan';
import { addressKey, ownProtocol, routeKey } from '../../src/model/observed/keys';
import type { CheckOutcome, CheckRequest } from '../../src/model/online/online-machine';
import { changeInWords, effectInWords, eventInWords } from '../../src/replay/in-words';
import { beginningOf, serialise } from '../../src/replay/replay';
import { Daemon, Disk, FakeSysctls } from './daemon';
import { dhcpOnTheWire } from './dhcp-wire';
import { Lan } from './lan';
import { Random } from './random';

export interface Port {
  ifindex: number;
  name: string;
  readonly mac: MacAddress;
  lan: Lan;
  plugged: boolean;
  /** The hardware is there. */
  present: boolean;
}

/** What a daemon would have written with CONNMAN_TRACE, and what came of it. */
export interface Trace {
  readonly lines: string[];
  readonly effects: string[];
  /** As it is now. */
  readonly world: () => string;
}

function beginTrace({ engine, stored }: Daemon): Trace {
  return {
    lines: [JSON.stringify(beginningOf(engine.world.config, stored))],
    effects: [],
    world: () => serialise(engine.world),
  };
}

const ipv6Router = 'fe80::1' as IpAddress;

/** Two words of a router may get lost, and then its names are over. */
const namesSeconds = 25;

const continuousChecks: EngineConfig['online'] = {
  mode: 'continuous',
  ipv4Url: 'http://ipv4.check.test/',
  ipv6Url: 'http://ipv6.check.test/',
  intervals: { initial: 1, max: 2, style: 'geometric' },
  failuresThreshold: 2,
  successesThreshold: 2,
};

/** Somewhere in the internet. */
const faraway = '198.51.100.1' as IpAddress;

export class Machine {
  readonly random: Random;
  readonly clock = new ManualClock(10_000_000);
  readonly kernel = new FakeKernel(this.clock);
  readonly sysctls = new FakeSysctls(this.kernel);
  readonly disk = new Disk();
  readonly ports: Port[] = [];
  readonly config: Partial<EngineConfig>;
  daemon: Daemon | undefined;
  /** Counts the daemons that have been. */
  private life = 0;
  dhcpBroken = false;
  /** Other programs have the processor: the daemon reads late. */
  private readonly isBusy: boolean;
  /** Chance of a change to be refused. */
  refusals = 0;
  /** Objects other programs have put into the kernel. */
  readonly foreign = new Set<string>();
  readonly violations: string[] = [];
  readonly log: string[] = [];
  /** One for each daemon that ran. */
  readonly traces: Trace[] = [];
  private readonly tracing: boolean;
  turns = 0;
  /** Sent to the kernel, without those that give an address a new lifetime. */
  changes = 0;
  private second = 0;
  private turnsOfSecond = 0;
  busiestSecond = 0;
  private visitsSince = 0;
  private visitsOfSecond = 0;
  /** Requests to the agent within a second. */
  mostVisits = 0;

  constructor(seed: number, { tracing = false } = {}) {
    this.tracing = tracing;
    const random = new Random(seed);
    this.random = random;
    this.config = {
      singleConnectedTechnology: random.chance(0.1),
      addressConflictDetection: random.chance(0.2),
      ...(random.chance(0.2) && { online: continuousChecks }),
    };
    this.kernel.marksAddresses = random.chance(0.85);
    this.kernel.resetMs = random.pick([0, 0, 0, 1500]);
    this.isBusy = random.chance(0.1);
    const leaseSeconds = random.pick([30, 120, 600, 3600]);
    const count = random.pick([1, 2, 2, 3]);
    const lans = Array.from({ length: count }, (_, i) => new Lan(i + 1, leaseSeconds, random));
    if (random.chance(0.2)) lans.fill(lans[0] as Lan);
    lans.forEach((lan, i) => {
      const mac = `02:00:00:00:00:0${i + 1}` as MacAddress;
      this.ports.push({ ifindex: 0, name: `eth${i}`, mac, lan, plugged: random.chance(0.8), present: false });
    });
    this.kernel.fault = (request) => {
      if (!random.chance(this.refusals)) return undefined;
      return request === 'set-link' ? 'EBUSY' : random.pick(['ENOBUFS', 'EBUSY'] as const);
    };
    for (const port of this.ports) this.insert(port);
    this.advertise();
  }

  /** The routers' word, every now and then. */
  private advertise(): void {
    for (const port of this.ports) this.advertiseTo(port);
    this.clock.setTimer(10_000, () => this.advertise());
  }

  private advertiseTo({ ifindex, name, lan }: Port): void {
    const setting = (key: string) => this.sysctls.read(`net/ipv6/conf/${name}/${key}`);
    if (!lan.ipv6 || setting('disable_ipv6') === '1' || !this.lanOf(ifindex)) return;
    this.kernel.advertise(ifindex, ipv6Router, lan.prefix, 1800, setting('use_tempaddr') !== '0');
    const names = { kind: 'nameservers', addresses: [lan.nameserver6], lifetimeSeconds: namesSeconds } as const;
    this.kernel.passOn(ifindex, [names]);
  }

  private solicit(interfaceName: string): void {
    const port = this.ports.find(({ name }) => name === interfaceName);
    if (!port || this.random.chance(port.lan.loss)) return;
    this.clock.setTimer(this.random.below(500), () => this.advertiseTo(port));
  }

  // Hardware.

  insert(port: Port): void {
    if (port.present) return;
    port.present = true;
    port.ifindex = this.kernel.createLink({ name: port.name, mac: port.mac, plugged: port.plugged });
  }

  takeOut(port: Port): void {
    if (!port.present) return;
    port.present = false;
    this.kernel.removeLink(port.ifindex);
  }

  plug(port: Port, plugged: boolean): void {
    port.plugged = plugged;
    if (port.present) this.kernel.plug(port.ifindex, plugged);
  }

  portOf(ifindex: number): Port | undefined {
    return this.ports.find((port) => port.present && port.ifindex === ifindex);
  }

  private lanOf(ifindex: number): Lan | undefined {
    const port = this.portOf(ifindex);
    return port?.plugged && this.kernel.link(ifindex)?.up ? port.lan : undefined;
  }

  /** Whether a packet to the internet gets there, from any socket or from one that is bound to a link. */
  reachesInternet(ifindex?: number): boolean {
    const route = this.kernel.lookup(faraway, ifindex);
    const lan = route && this.lanOf(route.ifindex);
    if (!lan?.internetUp || route?.gateway !== lan.gateway) return false;
    return this.kernel.addressesOf(route.ifindex, 4).some((own) => lan.holds(own.address));
  }

  private answersCheck(ifindex: number, family: 4 | 6): boolean {
    if (family === 4) return this.reachesInternet(ifindex);
    const lan = this.lanOf(ifindex);
    return lan?.internetUp === true && lan.ipv6 && this.kernel.addressesOf(ifindex, 6).length > 0;
  }

  // The daemon.

  startDaemon(): void {
    const { clock, kernel, sysctls, disk, config, random } = this;
    const dhcp = this.newDhcp();
    this.daemon = new Daemon({
      clock,
      kernel,
      sysctls,
      disk,
      dhcp,
      config,
      check: (request, done) => this.check(request, done),
      latencyMs: () => random.below(this.isBusy ? 400 : 10),
      settleMs: () => random.below(100),
      onRequest: (change) => this.watch(change),
      onSolicit: (interfaceName) => this.solicit(interfaceName),
      agent: (ask, answer) => this.answerAgent(ask, answer),
      onTurn: (event, effects) => this.note(event, effects),
    });
    this.say('daemon starts');
    if (this.tracing) this.traces.push(beginTrace(this.daemon));
    this.daemon.registerAgent();
    this.daemon.start();
  }

  /** It lives and dies with the daemon that hosts it. */
  private newDhcp(): DhcpComponent {
    const { clock, random, life } = this;
    const isAlive = () => this.life === life;
    return dhcpOnTheWire({
      clock: {
        now: () => clock.now(),
        wallTime: () => clock.wallTime(),
        setTimer: (delayMs, callback) => clock.setTimer(delayMs, () => isAlive() && callback()),
      },
      random,
      lanOf: (ifindex) => this.lanOf(ifindex),
      isBroken: () => this.dhcpBroken,
    });
  }

  killDaemon(): void {
    this.say('daemon killed');
    this.daemon?.kill();
    this.daemon = undefined;
    this.life++;
  }

  private check(request: CheckRequest, done: (outcome: CheckOutcome) => void): void {
    const isPortal = () => this.ports.some((port) => port.name === request.interfaceName && port.lan.portalUp);
    this.clock.setTimer(isPortal() ? 2 : this.random.between(5, 60), () => {
      const link = this.kernel.dump().links.find((one) => one.name === request.interfaceName);
      const asked = request.nameservers.length > 0;
      if (link && asked && isPortal()) return done({ kind: 'portal', url: 'http://portal.test/' });
      const good = asked && link !== undefined && this.answersCheck(link.ifindex, request.family);
      done(good ? { kind: 'online' } : { kind: 'failure', reason: 'no answer', transient: asked });
    });
  }

  /** An agent without a user: it claims at once that the user has been to the portal, and takes note of errors. */
  private answerAgent(ask: AgentAsk, answer: (answer: AgentAnswer) => void): void {
    this.clock.setTimer(0, () => answer({ kind: 'reply' }));
    if (ask.member !== 'RequestBrowser') return;
    this.visitsOfSecond = this.clock.now() - this.visitsSince < 1000 ? this.visitsOfSecond + 1 : 1;
    if (this.visitsOfSecond === 1) this.visitsSince = this.clock.now();
    this.mostVisits = Math.max(this.mostVisits, this.visitsOfSecond);
  }

  // Other programs.

  /** Notes that an object belongs to another program, so that the daemon must leave it alone. */
  claimRoute(route: Pick<RouteFact, 'ifindex' | 'destination' | 'metric' | 'gateway'>): void {
    this.foreign.add(routeKey({ ...route, ...(route.gateway && { gateway: route.gateway }) }));
  }

  claimAddress(address: { ifindex: number; address: IpAddress; prefixLength: number }): void {
    this.foreign.add(addressKey(address));
  }

  // Watching.

  private watch(change: Change): void {
    if (!this.isRenewal(change)) this.changes++;
    const broken = this.crime(change);
    if (broken) this.violations.push(`${this.time()} ${broken}`);
  }

  private isRenewal(change: Change): boolean {
    if (change.kind !== 'put-address') return false;
    const key = addressKey(change.address);
    return this.kernel.dump().addresses.some((address) => addressKey(address) === key);
  }

  /** What of another program's the change would touch. */
  private crime(change: Change): string | undefined {
    const inWords = () => changeInWords(change, this.nameOf, this.clock.now());
    if (change.kind === 'remove-address' && this.foreign.has(addressKey(change.address)))
      return `foreign: ${inWords()}`;
    if (change.kind === 'remove-route' && this.foreign.has(routeKey(change.route))) return `foreign: ${inWords()}`;
    if (change.kind !== 'put-route' || change.mode !== 'replace') return undefined;
    const { route } = change;
    const victim = this.kernel
      .dump()
      .routes.find(
        (other) =>
          other.family === route.family &&
          other.metric === route.metric &&
          other.destination.address === route.destination.address &&
          other.destination.length === route.destination.length,
      );
    // What the daemon has not read yet it cannot know.
    const known = victim && this.daemon?.engine.world.observed.routes.has(routeKey(victim));
    return victim && known && victim.protocol !== ownProtocol ? `replaces a foreign route: ${inWords()}` : undefined;
  }

  private note(event: EngineEvent, effects: readonly Effect[]): void {
    this.turns++;
    if (this.tracing) {
      const trace = this.traces.at(-1);
      trace?.lines.push(JSON.stringify(event));
      trace?.effects.push(JSON.stringify(effects));
    }
    const second = Math.floor(event.at / 1000);
    this.turnsOfSecond = second === this.second ? this.turnsOfSecond + 1 : 1;
    this.second = second;
    if (this.turnsOfSecond > 5000) throw new Error('a busy loop');
    this.busiestSecond = Math.max(this.busiestSecond, this.turnsOfSecond);
    this.say(`turn: ${eventInWords(event, this.nameOf)}`);
    for (const effect of effects) this.say(`  ${effectInWords(effect, this.nameOf, event.at)}`);
  }

  say(text: string): void {
    this.log.push(`${this.time()} ${text}`);
  }

  time(): string {
    return `@${((this.clock.now() - 10_000_000) / 1000).toFixed(3)}`;
  }

  private readonly nameOf = (ifindex: number): string => this.kernel.link(ifindex)?.name ?? `link ${ifindex}`;
}
