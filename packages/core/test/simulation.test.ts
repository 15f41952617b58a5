/**
 * Seeded runs of a whole machine in trouble. The law: once the causes are gone it is online again within 15 s, at rest
 * nothing is sent any more, nothing of other programs is ever touched, and no turn is taken for nothing.
 *
 *   SIM_RUNS=100000 npx jest ...     that many runs, from the seed SIM_SEED (1) on
 *   SIM_SEED=123 npx jest ...        this one run; SIM_LOG=FILE writes what happened in it, turn by turn, and FILE.trace1,
 *                                    FILE.trace2, ... what each of its daemons would have traced, for tools/replay
 */
import { writeFileSync } from 'node:fs';
import { type Outcome, runSeed } from './simulation/run';

const { SIM_SEED, SIM_RUNS, SIM_LOG } = process.env;
const first = Number(SIM_SEED ?? 1);
const runs = Number(SIM_RUNS ?? (SIM_SEED === undefined ? 800 : 1));

/** What is wrong with a run, and how to see it again; empty if nothing is. */
function verdict(seed: number, { violations }: Outcome): string {
  if (violations.length === 0) return '';
  return [
    `seed ${seed}:`,
    ...violations.map((violation) => `  ${violation}`),
    `  replay: SIM_SEED=${seed} SIM_LOG=/tmp/seed-${seed}.log npx jest --config tools/jest/config.cjs --rootDir packages/core simulation`,
  ].join('\n');
}

function summary(recoveries: { readonly seed: number; readonly recoveryMs: number }[]): string {
  recoveries.sort((a, b) => a.recoveryMs - b.recoveryMs);
  const at = (part: number) => recoveries[Math.floor((recoveries.length - 1) * part)]?.recoveryMs;
  return `recovery ${at(0.5)} ms median, ${at(0.99)} ms of 99 %, ${at(1)} ms the slowest (seed ${recoveries.at(-1)?.seed})`;
}

function writeLogs(file: string, { machine }: Outcome): void {
  writeFileSync(file, `${machine.log.join('\n')}\n`);
  machine.traces.forEach(({ lines }, i) => {
    writeFileSync(`${file}.trace${i + 1}`, `${lines.join('\n')}\n`);
  });
}

test(`${runs} machines recover from their troubles`, () => {
  const bad: string[] = [];
  const recoveries: { readonly seed: number; readonly recoveryMs: number }[] = [];
  let busiest = 0;
  for (let seed = first; seed < first + runs; seed++) {
    const outcome = runSeed(seed, { tracing: SIM_LOG !== undefined });
    const wrong = verdict(seed, outcome);
    if (wrong) bad.push(wrong);
    recoveries.push({ seed, recoveryMs: outcome.recoveryMs });
    busiest = Math.max(busiest, outcome.machine.busiestSecond);
    if (SIM_LOG) writeLogs(SIM_LOG, outcome);
  }
  if (SIM_RUNS) process.stderr.write(`${summary(recoveries)}, at most ${busiest} turns in a second\n`);
  expect(bad.slice(0, 10).join('\n')).toBe('');
}, 86_400_000);

test('the same seed gives the same run, byte for byte', () => {
  for (const seed of [1, 7, 99]) {
    const { log } = runSeed(seed).machine;
    expect(log.length).toBeGreaterThan(10);
    expect(runSeed(seed).machine.log.join('\n')).toBe(log.join('\n'));
  }
});
