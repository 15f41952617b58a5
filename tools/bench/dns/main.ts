// Rounds over all resolvers, and the table of medians and of ratios to ours.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Child } from '../../../e2e/netns/lab/child';
import { Host } from '../../../e2e/netns/lab/host';
import { anonymousKb, load } from './load';
import { environment, program, type Subject, subjects } from './subjects';
import { judge } from './targets';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    subjects: { type: 'string', default: subjects.map((subject) => subject.name).join() },
    parts: { type: 'string', default: 'hits,misses,lone,tcp,overload,memory' },
    json: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const parts = new Set(values.parts.split(','));
const chosen = subjects.filter((subject) => values.subjects.split(',').includes(subject.name));

const upstream = '10.78.0.1';
const hotNames = 1000;
const manyNames = 10_000;
/** Names of one miss run never come again in another. */
const missNames = 150_000;
/** Turns of the resolvers in a round of lone misses, how long each is, and names enough for that. */
const loneSlices = 5;
const loneSeconds = 0.4;
const loneNames = 20_000;

/** figure -> subject -> samples */
const samples = new Map<string, Map<string, number[]>>();

function note(figure: string, subject: string, value: number): void {
  const row = samples.get(figure) ?? new Map<string, number[]>();
  samples.set(figure, row);
  row.set(subject, [...(row.get(subject) ?? []), value]);
}

interface Running {
  readonly subject: Subject;
  readonly host: Host;
  readonly far: Host;
  readonly child: Child;
}

let opened = 0;

/** The server that is asked: authoritative for a zone in which every name exists. */
async function startUpstream(far: Host): Promise<Child> {
  far.write(
    '/run/bench.zone',
    `$ORIGIN bench.example.\n$TTL 3600\n@ SOA ns h 1 3600 900 604800 300\n@ NS ns\nns A 192.0.2.2\n* A 192.0.2.1\n`,
  );
  far.write(
    '/run/nsd.conf',
    `server:\n ip-address: ${upstream}\n username: ""\n chroot: ""\n database: ""\n zonesdir: "/run"\n pidfile: ""\n xfrdfile: "/run/xfrd.state"\n zonelistfile: "/run/zone.list"\n server-count: 1\n rrl-ratelimit: 0\n tcp-count: 500\nremote-control:\n control-enable: no\nzone:\n name: bench.example\n zonefile: bench.zone\n`,
  );
  const child = far.start(['taskset', '-c', '1', program('nsd'), '-d', '-c', '/run/nsd.conf'], { env: environment });
  await child.line(/nsd started/);
  return child;
}

/** What was opened stands in `hosts` even when this fails half-way. */
async function open(subject: Subject, hosts: Host[]): Promise<Running> {
  const host = await Host.open(`dns${process.pid}-${opened++}`);
  hosts.push(host);
  const far = await Host.open(`${host.name}-far`);
  hosts.push(far);
  await host.connect({ link: 'eth0', ifindex: 10 }, far, { link: 'port', ifindex: 20 });
  await far.run('ip link set port up');
  await far.run(`ip address add ${upstream}/24 dev port`);
  await host.run('ip link set eth0 up');
  await host.run('ip address add 10.78.0.2/24 dev eth0');
  await startUpstream(far);
  for (const [file, count, letter] of [
    ['hot', hotNames, 'h'],
    ['few', 100, 'h'],
    ['many', manyNames, 'n'],
  ] as const) {
    host.write(`/run/${file}`, names(letter, count));
  }
  await subject.prepare(host, upstream);
  const child = host.start(['taskset', '-c', '0', ...subject.argv(upstream)], { env: environment });
  const running = { subject, host, far, child };
  await untilItAnswers(running);
  return running;
}

function names(letter: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `${letter}${i}.bench.example A\n`).join('');
}

/** A question every now and then until one is answered: the daemons do not all say when they listen. */
async function untilItAnswers({ subject, host, child }: Running): Promise<void> {
  const { address, port } = subject;
  for (let tries = 0; tries < 40; tries++) {
    if (child.exit) throw new Error(`${subject.name} ended:\n${child.output.tail()}`);
    const dig = [
      'dig',
      `@${address}`,
      '-p',
      String(port),
      '+tries=1',
      '+time=1',
      '+short',
      '+ignore',
      'h0.bench.example',
    ];
    const answer = await host.run(dig).catch(() => '');
    if (answer.includes('192.0.2.1') || (subject.isFloor && child.output.items.length > 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${subject.name} does not answer:\n${child.output.tail()}`);
}

const to = ({ subject, child }: Running) => ({ address: subject.address, port: subject.port, pid: child.pid });
const hotList = ({ subject }: Running) => (subject.maxNames < hotNames ? '/run/few' : '/run/hot');

async function hits(running: Running): Promise<void> {
  const { host, subject } = running;
  const { pid, ...where } = to(running);
  const list = hotList(running);
  await load(host, pid, { ...where, names: list, seconds: 1, outstanding: 20 });
  for (const outstanding of [1, 20, 100]) {
    const result = await load(host, pid, { ...where, names: list, seconds, outstanding });
    note(`hits, ${outstanding} outstanding: queries/s`, subject.name, result.queriesPerSecond);
    note(`hits, ${outstanding} outstanding: CPU us/query`, subject.name, result.cpuMicroseconds);
  }
  const one = await load(host, pid, { ...where, names: list, seconds: 1, outstanding: 1, each: true });
  note('hit, one outstanding: p50 us', subject.name, one.p50Microseconds);
  note('hit, one outstanding: p99 us', subject.name, one.p99Microseconds);
}

async function misses(running: Running): Promise<void> {
  const { host, subject } = running;
  if (subject.isFloor) return;
  const { pid, ...where } = to(running);
  host.write('/run/miss', names(`m${opened}x`, missNames));
  host.write('/run/few-misses', names(`f${opened}x`, missNames));
  // A daemon runs for days: the first seconds of its life are not what is measured.
  host.write('/run/warm', names(`w${opened}x`, missNames));
  await load(host, pid, { ...where, names: '/run/warm', seconds: 2, outstanding: 50 });
  const many = await load(host, pid, { ...where, names: '/run/miss', seconds, outstanding: 100 });
  note('misses, 100 outstanding: queries/s', subject.name, many.queriesPerSecond);
  note('misses, 100 outstanding: CPU us/query', subject.name, many.cpuMicroseconds);
  const few = await load(host, pid, { ...where, names: '/run/few-misses', seconds, outstanding: 20 });
  note('misses, 20 outstanding: queries/s', subject.name, few.queriesPerSecond);
  note('misses, 20 outstanding: CPU us/query', subject.name, few.cpuMicroseconds);
}

/**
 * Latency differs more from second to second on a shared machine than between resolvers: so they all stand ready at once, and
 * take short turns, each beside one of the upstream itself.
 */
async function lone(all: readonly Running[]): Promise<void> {
  for (let slice = 0; slice < loneSlices; slice++) {
    for (const running of all) {
      const { host, subject } = running;
      const { pid, ...where } = to(running);
      host.write('/run/direct', names(`d${slice}x`, loneNames));
      host.write('/run/lone', names(`l${slice}x`, loneNames));
      const alone = { seconds: loneSeconds, outstanding: 1, each: true };
      const direct = await load(host, pid, { address: upstream, port: 53, names: '/run/direct', ...alone });
      const through = await load(host, pid, { ...where, names: '/run/lone', ...alone });
      note('lone miss: added p50 us', subject.name, through.p50Microseconds - direct.p50Microseconds);
      note('lone miss: CPU us/query', subject.name, through.cpuMicroseconds);
    }
  }
}

async function tcp(running: Running): Promise<void> {
  const { host, subject } = running;
  if (subject.isFloor) return;
  const { pid, ...where } = to(running);
  const result = await load(host, pid, { ...where, names: hotList(running), seconds, outstanding: 100, tcp: true });
  note('TCP hits: queries/s', subject.name, result.queriesPerSecond);
  note('TCP hits: CPU us/query', subject.name, result.cpuMicroseconds);
}

async function overload(running: Running): Promise<void> {
  const { host, subject } = running;
  if (subject.isFloor) return;
  const { pid, ...where } = to(running);
  const list = hotList(running);
  const peak = await load(host, pid, { ...where, names: list, seconds: 1, outstanding: 100 });
  const rate = peak.queriesPerSecond;
  const below = await load(host, pid, { ...where, names: list, seconds, outstanding: 5000, rate: 0.8 * rate });
  note('hits at 80 % of its peak: lost %', subject.name, 100 * below.lostShare);
  const beyond = await load(host, pid, { ...where, names: list, seconds, outstanding: 5000, rate: 2 * rate });
  note('hits offered twice its peak: lost %', subject.name, 100 * beyond.lostShare);
  host.write('/run/over', names(`o${opened}x`, missNames));
  const missing = await load(host, pid, { ...where, names: '/run/over', seconds, outstanding: 5000, rate });
  note('misses offered its hit peak: lost %', subject.name, 100 * missing.lostShare);
}

async function memory(running: Running): Promise<void> {
  const { host, subject, child } = running;
  if (subject.isFloor || subject.maxNames < manyNames) return;
  const { pid, ...where } = to(running);
  const before = anonymousKb(child.pid);
  await load(host, pid, { ...where, names: '/run/many', seconds: 3, outstanding: 50 });
  note('10,000 names: anonymous memory, kB', subject.name, anonymousKb(child.pid));
  note('10,000 names: growth, kB', subject.name, anonymousKb(child.pid) - before);
}

/** A round of lone misses over all resolvers, those that hold nothing but the load left out. */
async function loneRound(order: readonly Subject[]): Promise<void> {
  const hosts: Host[] = [];
  try {
    const all: Running[] = [];
    for (const subject of order) {
      if (subject.isFloor) continue;
      const running = await open(subject, hosts);
      all.push(running);
      // A daemon runs for days: the first seconds of its life are not what is measured.
      const { pid, ...where } = to(running);
      running.host.write('/run/warm', names(`w${opened}x`, missNames));
      await load(running.host, pid, { ...where, names: '/run/warm', seconds: 2, outstanding: 50 });
      running.host.write('/run/warm', names(`v${opened}x`, missNames));
      await load(running.host, pid, { ...where, names: '/run/warm', seconds: 2, outstanding: 1 });
    }
    await lone(all);
  } finally {
    for (const host of hosts) await host.close();
  }
}

async function round(subject: Subject): Promise<void> {
  for (const [name, part] of Object.entries({ memory, hits, misses, tcp, overload })) {
    if (!parts.has(name)) continue;
    const hosts: Host[] = [];
    try {
      await part(await open(subject, hosts));
    } catch (error) {
      process.stderr.write(`${subject.name}, ${name}: ${(error as Error).message}\n`);
    } finally {
      for (const host of hosts) await host.close();
    }
  }
}

function median(list: readonly number[]): number {
  const sorted = list.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function printTable(): void {
  const heads = chosen.map((subject) => subject.name);
  const cell = (text: string) => text.padStart(18);
  console.log(`${'median (ours divided by it)'.padEnd(44)}${heads.map(cell).join('')}`);
  for (const [figure, row] of samples) {
    const own = median(row.get('ours') ?? []);
    const cells = heads.map((name) => {
      const value = median(row.get(name) ?? []);
      if (Number.isNaN(value)) return cell('-');
      const text = value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(value < 10 ? 2 : 1);
      return cell(name === 'ours' || Number.isNaN(own) ? text : `${text} (${(own / value).toFixed(2)})`);
    });
    console.log(figure.padEnd(44) + cells.join(''));
  }
  console.log();
  for (const line of judge((figure, name) => median(samples.get(figure)?.get(name) ?? []))) console.log(line);
}

async function main(): Promise<void> {
  for (let turn = 0; turn < rounds; turn++) {
    const order = chosen.map((_, index) => chosen[(index + turn) % chosen.length] as Subject);
    for (const subject of order) await round(subject);
    if (parts.has('lone')) await loneRound(order);
    process.stderr.write(`round ${turn + 1} of ${rounds} done\n`);
  }
  printTable();
  if (values.json) {
    const all = Object.fromEntries([...samples].map(([figure, row]) => [figure, Object.fromEntries(row)]));
    writeFileSync(values.json, `${JSON.stringify(all, undefined, 1)}\n`);
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
