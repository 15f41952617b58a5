// Rounds over all subjects, and the table of medians and ratios.
import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { NODE_FLAGS } from '../../../e2e/netns/lab/subject';
import { type Figures, linked, type Part, uplink } from './parts';
import { Samples } from './samples';
import { bareNode, roundTrips, Station } from './station';
import { type BenchSubject, beforeSubject, subjects as fixed } from './subjects';
import { printTable } from './table';

const MANY = 10_000;
/** Longer than connmand takes to call it quiet and tidy up. */
const IDLE_MS = 8000;
/** Memory hardly varies, and a failover of NetworkManager takes 6 s. */
const SLOW_ROUNDS = 3;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    subjects: { type: 'string' },
    before: { type: 'string' },
    parts: { type: 'string', default: 'floors,linked,uplink,linked-many,uplink-many' },
    json: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const parts = values.parts.split(',');
const subjects = values.before === undefined ? fixed : [...fixed, beforeSubject(values.before)];
const chosen = (values.subjects ?? subjects.map((subject) => subject.name).join()).split(',').map((name) => {
  const subject = subjects.find((one) => one.name === name);
  if (!subject) throw new Error(`unknown subject ${name}; there are ${subjects.map((one) => one.name).join(', ')}`);
  return subject;
});

const samples = new Samples();

async function take(subject: BenchSubject, part: Part, suffix: string, round: number, foreignRoutes = 0) {
  const idleMs = round < SLOW_ROUNDS && suffix === '' ? IDLE_MS : 0;
  let figures: Figures;
  try {
    figures = await part(subject, { foreignRoutes, idleMs });
  } catch (error) {
    samples.failed(subject.name);
    process.stderr.write(`round ${round + 1}, ${subject.name}${suffix}: ${(error as Error).message}\n`);
    return;
  }
  for (const [name, value] of Object.entries(figures)) samples.add(subject.name, name + suffix, value);
}

async function measureFloors(): Promise<void> {
  const station = await Station.open(
    { ...(subjects[0] as BenchSubject), prepare: async () => undefined },
    { foreignRoutes: 0 },
  );
  try {
    const cable = await station.cable('eth0', '10.77.1');
    await station.machine.run('ip link set eth0 up');
    await cable.plug();
    for (const ms of await roundTrips(station.machine, 'eth0'))
      samples.add('floor', 'two exchanges with the server', ms);
    for (let round = 0; round < rounds; round++) {
      const { ms, memory } = await bareNode(station.machine, NODE_FLAGS);
      samples.add('floor', 'exec -> first line of a bare Node.js', ms);
      samples.add('floor', 'bare Node.js, anonymous kB', memory.anonymousKb);
      samples.add('floor', 'bare Node.js, PSS kB', memory.pssKb);
      samples.add('floor', 'bare Node.js, RSS kB', memory.rssKb);
    }
  } finally {
    await station.close();
  }
}

async function main(): Promise<void> {
  if (existsSync('/proc/self/autogroup')) writeFileSync('/proc/self/autogroup', '-20');
  if (parts.includes('floors')) await measureFloors();
  for (let round = 0; round < rounds; round++) {
    for (const subject of turned(chosen, round)) {
      const failover = round < SLOW_ROUNDS || !subject.slowFailover;
      if (parts.includes('linked')) await take(subject, linked, '', round);
      if (parts.includes('uplink')) await take(subject, uplink(failover), '', round);
      if (parts.includes('linked-many')) await take(subject, linked, ', 10,000 routes', round, MANY);
      if (parts.includes('uplink-many'))
        await take(subject, uplink(!subject.slowFailover), ', 10,000 routes', round, MANY);
    }
    process.stderr.write(`round ${round + 1} of ${rounds} done\n`);
  }
  printTable(
    samples,
    chosen.map((subject) => subject.name),
  );
  if (values.json) writeFileSync(values.json, `${JSON.stringify(samples.all(), undefined, 1)}\n`);
}

/** Each round begins with another one. */
function turned<T>(list: readonly T[], by: number): T[] {
  return list.map((_, index) => list[(index + by) % list.length] as T);
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
