/**
 * The difference of two snapshots, as the signals that tell it. One turn's changes are merged: ServicesChanged lists every
 * service in order, new ones with all their properties, and comes before any PropertyChanged (ConnMan rules 17 to 20,
 * without the fixed wait of 100 ms).
 */
import { bool, dict, str, strings, Variant } from '@connman/dbus';
import type { PropertyMap, Snapshot } from './snapshot';

export type PublishedObject = 'manager' | 'clock' | 'technology' | 'service';

export type Announcement =
  | { readonly kind: 'technology-added'; readonly path: string; readonly properties: PropertyMap }
  | { readonly kind: 'technology-removed'; readonly path: string }
  | { readonly kind: 'service-added'; readonly path: string }
  | { readonly kind: 'service-removed'; readonly path: string }
  | {
      readonly kind: 'services-changed';
      readonly changed: readonly (readonly [path: string, properties: PropertyMap])[];
      readonly removed: readonly string[];
    }
  | {
      readonly kind: 'property-changed';
      readonly object: PublishedObject;
      readonly path: string;
      readonly name: string;
      readonly value: Variant;
    };

export type PropertyChange = Announcement & { readonly kind: 'property-changed' };

const noProperties: PropertyMap = new Map();

export function difference(before: Snapshot, now: Snapshot): Announcement[] {
  const said: Announcement[] = [];
  for (const path of before.technologies.keys()) {
    if (!now.technologies.has(path)) said.push({ kind: 'technology-removed', path });
  }
  for (const [path, properties] of now.technologies) {
    if (!before.technologies.has(path)) said.push({ kind: 'technology-added', path, properties });
  }

  const removed = [...before.services.keys()].filter((path) => !now.services.has(path));
  const added = [...now.services.keys()].filter((path) => !before.services.has(path));
  for (const [path, properties] of before.services) {
    if (now.services.has(path)) continue;
    said.push(...farewell(path, properties), { kind: 'service-removed', path });
  }
  for (const path of added) said.push({ kind: 'service-added', path });
  const reordered = [...before.services.keys()].join() !== [...now.services.keys()].join();
  if (reordered) {
    const changed = [...now.services].map(
      ([path, properties]) => [path, before.services.has(path) ? noProperties : properties] as const,
    );
    said.push({ kind: 'services-changed', changed, removed });
  }
  for (const [path, properties] of now.services) {
    const known = before.services.get(path);
    if (known && known !== properties) said.push(...changedProperties('service', path, known, properties));
  }
  for (const [path, properties] of now.technologies) {
    const known = before.technologies.get(path);
    if (known) said.push(...changedProperties('technology', path, known, properties));
  }
  said.push(...changedProperties('clock', '/', before.clock, now.clock));
  said.push(...changedProperties('manager', '/', before.manager, now.manager));
  return said;
}

/** Properties of a service that are empty once it is not connected. */
const ofConnection = ['IPv4', 'IPv6', 'Nameservers', 'Timeservers', 'Domains', 'Proxy'];

/** A service in use does not vanish from one moment to the next: clients see it left (`disconnect`), then `idle`. */
function* farewell(path: string, properties: PropertyMap): Generator<PropertyChange> {
  const state = properties.get('State')?.value;
  if (state === 'idle' || state === 'failure') return;
  const changed = (name: string, value: Variant) =>
    ({ kind: 'property-changed', object: 'service', path, name, value }) as const;
  if (state !== 'disconnect') yield changed('State', str('disconnect'));
  for (const name of ofConnection) {
    const old = properties.get(name);
    if (old && !isSame(old, emptyLike(old))) yield changed(name, emptyLike(old));
  }
  yield changed('State', str('idle'));
}

/** The State of each thing comes after all else that is said of it: who acts on it has the rest by then. */
function stateLast([a]: readonly [string, Variant], [b]: readonly [string, Variant]): number {
  return Number(a === 'State') - Number(b === 'State');
}

/** Properties whose change clients are not told of: SessionMode has never been signalled. */
const silent = new Set(['SessionMode']);

function* changedProperties(
  object: PublishedObject,
  path: string,
  before: PropertyMap,
  now: PropertyMap,
): Generator<PropertyChange> {
  for (const [name, old] of before) {
    if (!now.has(name)) yield { kind: 'property-changed', object, path, name, value: emptyLike(old) };
  }
  for (const [name, value] of [...now].sort(stateLast)) {
    const old = before.get(name);
    if (silent.has(name) || (old && isSame(old, value))) continue;
    yield { kind: 'property-changed', object, path, name, value };
  }
}

/** What a property that is absent now is signalled as: an Error that was cleared is the empty text. */
function emptyLike(old: Variant): Variant {
  if (old.signature === 's') return str('');
  if (old.signature === 'as') return strings([]);
  return old.signature === 'b' ? bool(false) : dict({});
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Variant && b instanceof Variant) return a.signature === b.signature && isSame(a.value, b.value);
  if (a instanceof Map && b instanceof Map) return isSame(Object.fromEntries(a), Object.fromEntries(b));
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => isSame(one, b[i]));
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const left = Object.entries(a);
  const right = b as Record<string, unknown>;
  return left.length === Object.keys(b).length && left.every(([key, value]) => isSame(value, right[key]));
}
