/** The trace: what the engine started from and every event it got, a JSON line each, to be replayed by tools/replay. */
import { appendFileSync } from 'node:fs';
import type { EngineEvent } from '../events';

/** Undefined without a file. */
export function traceTo(file: string | undefined, beginning: object): ((event: EngineEvent) => void) | undefined {
  if (!file) return undefined;
  const append = (line: object) => appendFileSync(file, `${JSON.stringify(line)}\n`);
  append(beginning);
  return append;
}
