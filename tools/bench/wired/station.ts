// One subject in one fresh laboratory: its machine, its cables, the monitor beside it, and its process.
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { BUS_SOCKET, startBus } from '../../../e2e/netns/lab/bus';
import type { Child } from '../../../e2e/netns/lab/child';
import { Host, repository } from '../../../e2e/netns/lab/host';
import { Network } from '../../../e2e/netns/lab/network';
import { EventRecord } from '../../../e2e/netns/lab/record';
import { monotonicMs, type Sighting } from './sighting';
import { type BenchSubject, FOREIGN_LINK } from './subjects';

const DEADLINE_MS = 20_000;
/** The subject has this core, and everything else the other one (so this program, which sees but that one itself). */
const pinned = cpus().length > 1 ? ['taskset', '--cpu-list', '0'] : [];

const programs = `${repository}/tmp/bench/wired`;

let stations = 0;

export interface Memory {
  readonly rssKb: number;
  readonly pssKb: number;
  readonly anonymousKb: number;
}

export class Station {
  readonly subject: BenchSubject;
  readonly machine: Host;
  readonly #sightings = new EventRecord<Sighting>((sighting) => JSON.stringify(sighting));
  readonly #monitor: Child;
  readonly #networks: Network[] = [];
  #daemon: Child | undefined;

  private constructor(subject: BenchSubject, machine: Host, monitor: Child) {
    this.subject = subject;
    this.machine = machine;
    this.#monitor = monitor;
    // Each line is a sighting; the record wakes those that wait.
    let read = 0;
    const take = () => {
      for (; read < monitor.output.items.length; read++) this.#take(monitor.output.items[read] ?? '');
      return false;
    };
    void monitor.output.until('the end of the monitor', take, 3_600_000).catch(() => undefined);
  }

  static async open(subject: BenchSubject, options: { foreignRoutes: number }): Promise<Station> {
    const machine = await Host.open(`bench${process.pid}-${stations++}`);
    try {
      await startBus(machine);
      await subject.prepare(machine);
      if (options.foreignRoutes > 0) await addForeignRoutes(machine, options.foreignRoutes);
      const address = `unix:path=${BUS_SOCKET}`;
      const monitor = machine.start([
        process.execPath,
        `${programs}/monitor.js`,
        subject.dialect,
        address,
        subject.resolvConf,
      ]);
      await monitor.line(/"listening"/);
      return new Station(subject, machine, monitor);
    } catch (error) {
      await machine.close();
      throw error;
    }
  }

  /** Lays a cable, still unplugged, to a network with servers. */
  async cable(link: string, subnet: string): Promise<Cable> {
    const network = await Network.open(this.machine, { link, subnet, dnsmasq: ['--quiet-dhcp'] }, this.subject.offload);
    this.#networks.push(network);
    const hand = network.far.start([process.execPath, `${programs}/cable.js`, 'port']);
    await hand.line(/^ready$/);
    return new Cable(hand);
  }

  /** @returns when the subject's program was executed. */
  async start(options: { dnsProxy: boolean }): Promise<number> {
    const { argv, withoutDnsProxy, env } = this.subject;
    const daemon = this.machine.start(waiting([...argv, ...(options.dnsProxy ? [] : withoutDnsProxy)]), { env });
    this.#daemon = daemon;
    await daemon.line(/^waiting$/);
    const at = monotonicMs();
    daemon.write('go\n');
    return at;
  }

  /** The first sighting not before a moment that `wanted` takes, past or future. @returns its moment. */
  async sees(what: string, from: number, wanted: (sighting: Sighting) => boolean): Promise<number> {
    const look = () => {
      if (this.#daemon?.exit) throw new Error(`${this.subject.name} ended:\n${this.#daemon.output.tail(15)}`);
      if (this.#monitor.exit) throw new Error(`the monitor ended:\n${this.#monitor.output.tail(15)}`);
      return this.#sightings.items.find((sighting) => sighting.at >= from && wanted(sighting));
    };
    try {
      return (await this.#sightings.until(what, look, DEADLINE_MS)).at;
    } catch (error) {
      const said = this.#daemon?.output.tail(15) ?? '';
      throw new Error(`${this.subject.name}: ${(error as Error).message}\n--- it said\n${said}`);
    }
  }

  /** Of the daemon and, should it have any, its children. */
  memory(): Memory {
    if (!this.#daemon) throw new Error('no daemon runs');
    return memoryOf(this.#daemon.pid);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#networks.map((network) => network.close()), this.machine.close()]);
  }

  #take(line: string): void {
    if (line.startsWith('{')) this.#sightings.add(JSON.parse(line));
  }
}

/** A cable that can be put in and pulled out, at a known moment. */
export class Cable {
  readonly #hand: Child;
  #used = 0;

  constructor(hand: Child) {
    this.#hand = hand;
  }

  plug(): Promise<number> {
    return this.#move('up');
  }

  unplug(): Promise<number> {
    return this.#move('down');
  }

  /** @returns when the kernel was told. */
  async #move(to: 'up' | 'down'): Promise<number> {
    this.#hand.write(`${to}\n`);
    const nth = ++this.#used;
    const stamps = () => this.#hand.output.items.filter((line) => line.startsWith('at '));
    const stamp = await this.#hand.output.until(`the cable ${to}`, () => stamps()[nth - 1]);
    return Number(stamp.slice(3));
  }
}

/** A program that is loaded and pinned already up to its exec, and waits for a line of input. */
function waiting(argv: readonly string[]): string[] {
  return [...pinned, 'sh', '-c', 'echo waiting; read -r go; exec "$@" </dev/null', 'sh', ...argv];
}

/** Milliseconds until the first line of a bare Node.js runs, and what it takes of memory, with our flags. */
export async function bareNode(machine: Host, flags: readonly string[]): Promise<{ ms: number; memory: Memory }> {
  const script = 'console.log("at " + process.hrtime.bigint()); setInterval(() => {}, 1e6)';
  const child = machine.start(waiting([process.execPath, ...flags, '-e', script]));
  await child.line(/^waiting$/);
  const from = monotonicMs();
  child.write('go\n');
  const [, at] = await child.line(/^at (\d+)$/);
  await pause(1000);
  const memory = memoryOf(child.pid);
  await child.stop('SIGKILL');
  return { ms: Number(at) / 1e6 - from, memory };
}

/** Milliseconds of the two exchanges of a DHCP client with the network's server, from a client that does nothing else. */
export async function roundTrips(machine: Host, link: string): Promise<number[]> {
  const child = machine.start([...pinned, process.execPath, `${programs}/round-trips.js`, link]);
  const [line] = await child.line(/^\[.*\]$/);
  await child.exited;
  return JSON.parse(line) as number[];
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function memoryOf(pid: number): Memory {
  const total = { rssKb: 0, pssKb: 0, anonymousKb: 0 };
  for (const id of [pid, ...childrenOf(pid)]) {
    const text = readFileSync(`/proc/${id}/smaps_rollup`, 'latin1');
    const field = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
    total.rssKb += field('Rss');
    total.pssKb += field('Pss');
    total.anonymousKb += field('Anonymous');
  }
  return total;
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  );
}

/** Routes that another program keeps in the main table, on a link that is no one's to manage. */
async function addForeignRoutes(machine: Host, count: number): Promise<void> {
  await machine.run(`ip link add ${FOREIGN_LINK} index 901 type veth peer name ${FOREIGN_LINK}-end index 902`);
  await machine.run(`ip link set ${FOREIGN_LINK} up`);
  await machine.run(`ip link set ${FOREIGN_LINK}-end up`);
  const routes = Array.from({ length: count }, (_, n) => {
    const [high, low] = [n >> 8, n & 255];
    return `route add 172.${16 + (high >> 8)}.${high & 255}.${low}/32 dev ${FOREIGN_LINK} proto static`;
  });
  machine.write('/run/foreign-routes', `${routes.join('\n')}\n`);
  await machine.run('ip -batch /run/foreign-routes');
}
