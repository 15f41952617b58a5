// Wi-Fi: ours beside Debian's ConnMan and NetworkManager, in the radio laboratory. See docs/BENCHMARKS.md.
//
//   node tools/bench wifi [--rounds N] [--subjects ours+wpa_supplicant,...] [--parts back-5,...] [--real-time] [--json FILE]
//
// Each round boots one guest for each subject, in turn. Time is virtual unless --real-time is given: most of what is measured is
// scan intervals and back-off, which load on this machine must not blur.
import { spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { processorMs } from './wifi/processor.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, '../../tmp/bench/wifi');
const runner = path.join(here, '../../e2e/radio/run.mjs');
const SUBJECTS = ['ours+wpa_supplicant', 'ours+iwd', 'connman+wpa_supplicant', 'connman+iwd', 'networkmanager'];
const PARTS = {
  'back-5': 'access point back after 5 s, to online, s',
  'back-60': 'access point back after 60 s, s',
  'back-3600': 'access point back after an hour, s',
  appears: 'known network appears after Wi-Fi was switched on, s',
  'wrong-key': 'wrong passphrase to the next question or error, s',
  'roam-signal': 'roam as the signal fails: silence, s',
  'roam-off': 'roam as the access point is switched off: silence, s',
  'roam-death': 'roam as the access point loses power: silence, s',
  'scans-away': 'scans in the hour a known network is away',
  'scans-online': 'scans in an hour of connection',
  memory: 'anonymous memory when idle, MB',
  'wake-ups': 'wake-ups a minute when idle',
  'scan-cpu': 'processor time of a scan with 200 networks, ms',
};

/** What is promised for this build, at most; the table says whether it is kept. */
const PROMISED = {
  'back-5': 4,
  'back-60': 5,
  'back-3600': 5,
  appears: 5,
  'wrong-key': 6,
  'roam-signal': 0.3,
  'roam-off': 0.5,
  'roam-death': 0.5,
};

/** On virtual time, computing takes no time. */
const REAL_TIME = new Set(['scan-cpu']);

const options = { rounds: 1, subjects: SUBJECTS, parts: Object.keys(PARTS), realTime: false, json: undefined };
const words = process.argv.slice(2);
while (words.length > 0) {
  const word = words.shift();
  if (word === '--rounds') options.rounds = Number(words.shift());
  else if (word === '--subjects') options.subjects = words.shift().split(',');
  else if (word === '--parts') options.parts = words.shift().split(',');
  else if (word === '--json') options.json = words.shift();
  else if (word === '--real-time') options.realTime = true;
  else fail(`unknown option ${word}`);
}
for (const name of options.subjects)
  if (!SUBJECTS.includes(name)) fail(`no subject ${name}; there are ${SUBJECTS.join(', ')}`);
for (const name of options.parts) if (!PARTS[name]) fail(`no part ${name}; there are ${Object.keys(PARTS).join(', ')}`);

/** subject -> part -> figures of all rounds; null: never. */
const figures = new Map(options.subjects.map((subject) => [subject, new Map()]));
for (let round = 1; round <= options.rounds; round++)
  for (const subject of options.subjects)
    for (const part of options.parts) {
      const figure = await measure(subject, part, round);
      process.stderr.write(`round ${round}, ${subject}, ${part}: ${figure ?? 'never'}\n`);
      const known = figures.get(subject);
      known.set(part, [...(known.get(part) ?? []), figure]);
    }
print();
if (options.json)
  writeFileSync(
    options.json,
    JSON.stringify(Object.fromEntries([...figures].map(([name, map]) => [name, Object.fromEntries(map)])), null, 2),
  );

async function measure(subject, part, round) {
  const environment = [`BENCH_SUBJECT=${subject}`, `BENCH_PART=${part}`, `BENCH_ROUND=${round}`].flatMap((one) => [
    '-e',
    one,
  ]);
  const own = subject.startsWith('ours') ? [] : ['-e', 'E2E_SUBJECT=debian'];
  const clock = options.realTime || REAL_TIME.has(part) ? ['--real-time'] : [];
  const argv = [
    runner,
    ...clock,
    '--timeout',
    '900',
    '--out',
    out,
    ...environment,
    ...own,
    path.join(here, 'wifi/main.ts'),
  ];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    answerSamples();
  });
  let answered = 0;
  const answerSamples = () => {
    for (const [, number, ranges] of output.matchAll(/^sample (\d+) (\S+)\n/gm)) {
      if (Number(number) <= answered) continue;
      answered = Number(number);
      writeFileSync(`${out}/sample.part`, String(processorMs(child.pid, ranges)));
      renameSync(`${out}/sample.part`, `${out}/sample-${number}`);
    }
  };
  const status = await new Promise((resolve) => child.once('close', resolve));
  const [, figure] = /^figure (.*)$/m.exec(output) ?? [];
  if (status !== 0 || figure === undefined) {
    process.stderr.write(`${subject}, ${part}: no figure (exit status ${status})\n${output.slice(0, 2000)}\n`);
    return undefined;
  }
  return JSON.parse(figure);
}

function print() {
  const line = (cells) => console.log(`| ${cells.join(' | ')} |`);
  line(['what', ...options.subjects]);
  line(['---', ...options.subjects.map(() => '---')]);
  for (const part of options.parts)
    line([
      PROMISED[part] === undefined ? PARTS[part] : `${PARTS[part]} (promised: ${PROMISED[part]})`,
      ...options.subjects.map((subject) => cell(subject, part)),
    ]);
}

function cell(subject, part) {
  const all = figures.get(subject).get(part) ?? [];
  const text = summary(all);
  if (!subject.startsWith('ours') || PROMISED[part] === undefined || text === '-') return text;
  return `${text} ${all.every((figure) => figure !== null && figure <= PROMISED[part]) ? 'met' : 'MISSED'}`;
}

/** The median, with the extremes where there are more rounds than one. */
function summary(all) {
  const sorted = all.filter((figure) => figure !== undefined).sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
  if (sorted.length === 0) return '-';
  const text = (figure) => (figure === null ? 'never' : String(Math.round(figure * 100) / 100));
  const median = text(sorted[Math.floor((sorted.length - 1) / 2)]);
  return sorted.length === 1 ? median : `${median} (${text(sorted[0])} to ${text(sorted.at(-1))})`;
}

function fail(reason) {
  process.stderr.write(`bench wifi: ${reason}\n`);
  process.exit(1);
}
