// The host's side of a scenario: a test that boots a guest for it and fails with what the guest printed.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import type { BackendName } from './backend';
import type { ScenarioOptions } from './scenario';

const runner = path.resolve(__dirname, '../run.mjs');
const isHere = spawnSync(process.execPath, [runner, '--check']).status === 0;

/** What a scenario may be told from outside. */
const passedOn = ['E2E_SUBJECT', 'RADIO_SEED', 'RADIO_FAULTS'].filter(
  (variable) => process.env[variable] !== undefined,
);

/** Guests at a time: each is one busy processor. */
let free = Math.max(1, cpus().length);
const waiting: (() => void)[] = [];

const ofReference = process.env.E2E_SUBJECT === 'debian';

function referenceCan(
  backend: BackendName | undefined,
  { onlyOurs = false, referenceBackends }: ScenarioOptions,
): boolean {
  return !onlyOurs && (backend === undefined || (referenceBackends?.includes(backend) ?? true));
}

/** Whether this build has a part, as the table of parts says. */
function isBuilt(part: string): boolean {
  const { parts } = JSON.parse(readFileSync(path.resolve(__dirname, '../../../features.json'), 'utf8')) as FeatureTable;
  return parts.some(({ name, built }) => name === part && built !== false);
}

interface FeatureTable {
  readonly parts: readonly { readonly name: string; readonly built?: boolean }[];
}

/** @param backend is absent for a scenario of another part than Wi-Fi. */
export function scenarioTest(name: string, backend: BackendName | undefined, options: ScenarioOptions): void {
  const { part = backend === 'iwd' ? 'iwd' : 'wifi' } = options;
  const isNotYet = backend !== undefined && options.notYet?.includes(backend);
  const isLeftOut = !process.env.RADIO_ALL && (options.isLong || isNotYet);
  const skip = !isHere || (ofReference ? !referenceCan(backend, options) : !isBuilt(part) || isLeftOut);
  const file = expect.getState().testPath ?? '';
  const declare = skip ? test.skip : test.concurrent;
  declare(
    backend ? `${name} (${backend})` : name,
    () => whenFree(() => runGuest(file, name, backend, options)),
    3_600_000,
  );
}

async function whenFree<R>(run: () => Promise<R>): Promise<R> {
  while (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
  free--;
  try {
    return await run();
  } finally {
    free++;
    waiting.shift()?.();
  }
}

async function runGuest(
  file: string,
  name: string,
  backend: BackendName | undefined,
  options: ScenarioOptions,
): Promise<void> {
  const { realTime = false, timeoutSeconds = 300 } = options;
  const words = [
    ...(realTime ? ['--real-time'] : []),
    ...['--timeout', String(timeoutSeconds)],
    ...['-e', `RADIO_SCENARIO=${name}`],
    ...(backend ? ['-e', `RADIO_BACKEND=${backend}`] : []),
    ...passedOn.flatMap((variable) => ['-e', `${variable}=${process.env[variable] ?? ''}`]),
  ];
  const child = spawn(process.execPath, [runner, ...words, file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`the scenario failed in the guest (exit status ${status})\n${output}`);
}
