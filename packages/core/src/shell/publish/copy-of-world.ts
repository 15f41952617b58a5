/** An engine to try things in, whose world shares nothing with the first that a turn could change. */
import { Engine } from '../../engine';
import { nothingBorrowed } from '../../model/borrowed';
import type { Stored, World } from '../../world';

const nothingStored: Omit<Stored, 'uniqueLocal'> = {
  ...{ global: { offlineMode: false, technologies: {} }, services: new Map(), leases: new Map(), leases6: new Map() },
  borrowed: nothingBorrowed,
};

/** It has the same configuration and knows of nothing. */
export function engineBeside({ config, tethering }: Pick<World, 'config' | 'tethering'>): Engine {
  return new Engine(config, { ...nothingStored, uniqueLocal: tethering.uniqueLocal });
}

/**
 * Values are immutable and shared, what holds them is new. In the copy everything is recent, and no change is under way: its next
 * turn looks at everything that exists.
 */
export function engineInCopyOf(world: World): Engine {
  const engine = engineBeside(world);
  const copy = engine.world;
  const { observed, tethering, provisions, pendingChanges: _, recent: __, metrics: ___, ...rest } = world;
  const { recent: ____, ...seen } = observed;
  fill(copy, rest);
  fill(copy.observed, seen);
  fill(copy.tethering, tethering);
  fill(copy.provisions, provisions);
  for (const ifindex of observed.links.keys()) copy.recent.links.add(ifindex);
  return engine;
}

/** Tables are filled as they are, so that their indexes are. */
function fill<T extends object>(place: T, content: Partial<T>): void {
  for (const [key, value] of Object.entries(content)) {
    const known: unknown = Reflect.get(place, key);
    if (known instanceof Map && value instanceof Map) {
      known.clear();
      for (const [name, one] of value) known.set(name, one instanceof Map ? new Map(one) : one);
    } else if (known instanceof Set && value instanceof Set) {
      known.clear();
      for (const one of value) known.add(one);
    } else {
      Reflect.set(place, key, value);
    }
  }
}
