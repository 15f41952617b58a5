/**
 * Replays a trace: the line a daemon started from, then a line for each event its engine got. The same trace gives the same
 * effects and the same world, byte for byte.
 */
import type { Effect } from '../effects';
import { Engine } from '../engine';
import type { EngineEvent } from '../events';
import type { EngineConfig } from '../model/config';
import type { Stored, World } from '../world';

/** A trace's first line: maps are written as lists of their entries. */
export interface Beginning {
  readonly config: EngineConfig;
  readonly stored: Omit<Stored, 'services' | 'leases' | 'leases6'> & {
    readonly services: readonly (readonly [string, unknown])[];
    readonly leases: readonly (readonly [string, unknown])[];
    readonly leases6: readonly (readonly [string, unknown])[];
  };
}

export function beginningOf(config: EngineConfig, stored: Stored): Beginning {
  const maps = { services: [...stored.services], leases: [...stored.leases], leases6: [...stored.leases6] };
  return { config, stored: { ...stored, ...maps } };
}

export interface ReplayedTurn {
  readonly event: EngineEvent;
  readonly effects: readonly Effect[];
  /** As it is after the turn; the same object each time. */
  readonly world: World;
}

/** Throws SyntaxError for a line that is no JSON. An unfinished last line is left out: the daemon was killed writing it. */
export function* replay(trace: string): Generator<ReplayedTurn> {
  const lines = trace.split('\n').filter((line) => line !== '');
  if (!trace.endsWith('\n')) lines.pop();
  const [first, ...rest] = lines;
  if (first === undefined) return;
  const { config, stored } = JSON.parse(first) as Beginning;
  const maps = {
    services: new Map(stored.services) as Stored['services'],
    leases: new Map(stored.leases) as Stored['leases'],
    leases6: new Map(stored.leases6) as Stored['leases6'],
  };
  const engine = new Engine(config, { ...stored, ...maps });
  for (const line of rest) {
    const event = JSON.parse(line) as EngineEvent;
    yield { event, effects: engine.turn(event), world: engine.world };
  }
}

/** The world as text: equal texts are equal worlds. */
export function serialise(world: World): string {
  return JSON.stringify(world, (_, value: unknown) => {
    if (value instanceof Map) return { map: [...value] };
    return value instanceof Set ? { set: [...value] } : value;
  });
}
