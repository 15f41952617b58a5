// Behind tools/replay: a recorded trace goes through the engine again; each turn is printed.
import { readFileSync } from 'node:fs';
import { Engine } from '../../packages/core/src/engine';
import type { EngineEvent } from '../../packages/core/src/events';
import { difference } from '../../packages/core/src/publish/difference';
import { emptySnapshot, Snapshots } from '../../packages/core/src/publish/snapshot';
import type { EngineConfig, Stored } from '../../packages/core/src/world';

interface Beginning {
  readonly config: EngineConfig;
  readonly stored: Omit<Stored, 'services'> & { readonly services: [string, never][] };
}

const [first = '{}', ...rest] = readFileSync(process.argv[2] ?? '', 'utf8')
  .trim()
  .split('\n');
const { config, stored } = JSON.parse(first) as Beginning;
const engine = new Engine(config, { ...stored, services: new Map(stored.services) });
const snapshots = new Snapshots();
let shown = emptySnapshot;
let start: number | undefined;

for (const line of rest) {
  const event = JSON.parse(line) as EngineEvent;
  start ??= event.at;
  const effects = engine.turn(event);
  const snapshot = snapshots.of(engine.world);
  const said = difference(shown, snapshot);
  shown = snapshot;
  print(`${(event.at - start).toFixed(1)} ms ${short({ ...event, at: undefined, wall: undefined })}`);
  for (const announcement of said) print(`    says  ${short(announcement)}`);
  for (const effect of effects) print(`    does  ${short(effect)}`);
}
print(`state ${shown.manager.get('State')?.value}, ${rest.length} turns`);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** JSON that shows maps, big numbers and the values inside variants. */
function short(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => {
    if (inner instanceof Map) return Object.fromEntries(inner);
    if (typeof inner === 'bigint') return `${inner}n`;
    return inner;
  });
}
