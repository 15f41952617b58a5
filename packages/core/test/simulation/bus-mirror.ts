/** A client of the bus that only listens: what it knows from signals must be what GetProperties would tell it. */
import type { Variant } from '@connman/dbus';
import type { Announcement } from '../../src/shell/publish/difference';
import { Publication } from '../../src/shell/publish/publication';
import { emptySnapshot } from '../../src/shell/publish/snapshot';
import type { World } from '../../src/world';

type Properties = Map<string, string>;

export class BusMirror {
  private readonly manager: Properties = texts(emptySnapshot.manager);
  private readonly clock: Properties = texts(emptySnapshot.clock);
  private readonly technologies = new Map<string, Properties>();
  private services = new Map<string, Properties>();
  private peers = new Map<string, Properties>();
  /** Every state of a service that a signal told, and 'gone'. */
  readonly states: { readonly path: string; readonly state: string }[] = [];

  hear(announcements: readonly Announcement[]): void {
    for (const said of announcements) this.take(said);
  }

  private take(said: Announcement): void {
    switch (said.kind) {
      case 'technology-added':
        this.technologies.set(said.path, texts(said.properties));
        return;
      case 'technology-removed':
        this.technologies.delete(said.path);
        return;
      case 'services-changed': {
        const known = this.services;
        for (const path of said.removed) this.states.push({ path, state: 'gone' });
        for (const [path, news] of said.changed) this.noteState(path, news.get('State'));
        this.services = new Map(
          said.changed.map(([path, news]) => [path, news.size > 0 ? texts(news) : (known.get(path) ?? new Map())]),
        );
        return;
      }
      case 'peers-changed': {
        const known = this.peers;
        this.peers = new Map(
          said.changed.map(([path, news]) => [path, news.size > 0 ? texts(news) : (known.get(path) ?? new Map())]),
        );
        return;
      }
      case 'property-changed':
        if (said.object === 'service' && said.name === 'State') this.noteState(said.path, said.value);
        this.propertiesOf(said)?.set(said.name, text(said.value));
    }
  }

  private noteState(path: string, value: Variant | undefined): void {
    const state = value?.as('s');
    if (state !== undefined) this.states.push({ path, state });
  }

  private propertiesOf(said: Announcement & { kind: 'property-changed' }): Properties | undefined {
    if (said.object === 'manager') return this.manager;
    if (said.object === 'clock') return this.clock;
    if (said.object === 'peer') return this.peers.get(said.path);
    return (said.object === 'technology' ? this.technologies : this.services).get(said.path);
  }

  /** Where it is wrong; empty if it is right. */
  errors(world: World): string[] {
    const publication = new Publication(() => '***');
    publication.update(world);
    const now = publication.snapshot;
    const found = differences('/', this.manager, texts(now.manager));
    found.push(...differences('/', this.clock, texts(now.clock)));
    const compare = (
      known: ReadonlyMap<string, Properties>,
      real: ReadonlyMap<string, ReadonlyMap<string, Variant>>,
    ) => {
      if ([...known.keys()].join() !== [...real.keys()].join()) {
        found.push(`clients know of ${[...known.keys()].join()}, there are ${[...real.keys()].join()}`);
      }
      for (const [path, properties] of real) found.push(...differences(path, known.get(path), texts(properties)));
    };
    compare(this.technologies, now.technologies);
    compare(this.services, now.services);
    compare(this.peers, now.peers);
    return found;
  }
}

const empty = new Set(['""', '[]', '{}', 'false']);

/** A property that is gone has been told as empty; SessionMode is never told. */
function differences(path: string, known: Properties = new Map(), real: Properties): string[] {
  const names = new Set([...known.keys(), ...real.keys()]);
  names.delete('SessionMode');
  return [...names].flatMap((name) => {
    const [told, is] = [known.get(name), real.get(name)];
    const isSame = told === is || (is === undefined && told !== undefined && empty.has(told));
    return isSame ? [] : [`clients were told that ${name} of ${path} is ${told}; it is ${is}`];
  });
}

function texts(properties: ReadonlyMap<string, Variant>): Properties {
  return new Map([...properties].map(([name, value]) => [name, text(value)]));
}

function text(value: Variant): string {
  return JSON.stringify(value.value, (_, inner) => {
    if (inner instanceof Map) return Object.fromEntries(inner);
    return typeof inner === 'bigint' ? `${inner}` : inner;
  });
}
