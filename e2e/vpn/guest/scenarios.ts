// Runs the scenarios of one script inside a guest of the radio laboratory, and says how each ended.
import { isDebianVpnd } from '../site';

export type Scenarios = Readonly<Record<string, () => Promise<void>>>;

/**
 * All of them, or those whose names contain the script's first argument. The process ends with 1 if one failed. `onlyOurs` are
 * left out for Debian's connman-vpnd: ../README.md says why.
 */
export async function runScenarios(scenarios: Scenarios, onlyOurs: Scenarios = {}): Promise<void> {
  const wanted = process.argv[2] ?? '';
  let failed = 0;
  const all = isDebianVpnd ? scenarios : { ...scenarios, ...onlyOurs };
  for (const [name, scenario] of Object.entries(all)) {
    if (!name.includes(wanted)) continue;
    const started = performance.now();
    try {
      await scenario();
      process.stdout.write(`ok    ${name} (${Math.round(performance.now() - started)} ms)\n`);
    } catch (error) {
      failed++;
      process.stdout.write(`FAIL  ${name}\n${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    }
  }
  process.exit(failed === 0 ? 0 : 1);
}

export function check(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`not so: ${what}`);
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  const [is, should] = [actual, expected].map((value) => JSON.stringify(value));
  if (is !== should) throw new Error(`${what} is ${is}, not ${should}`);
}
