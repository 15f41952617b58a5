/**
 * The difference of two snapshots, as the signals that tell it. One turn's changes are merged: ServicesChanged lists every
 * service in order, new ones with all their properties, and comes before any PropertyChanged; where services go it comes last
 * (ConnMan rules 17 to 20, without the fixed wait of 100 ms).
 */
import type { TechnologyType } from '@connman/contracts';
import { bool, byte, dict, str, strings, uint64, Variant } from '@connman/dbus';
import { kindOf } from '../../model/technology/kinds';
import type { PropertyMap, Snapshot } from './snapshot';

export type PublishedObject = 'manager' | 'clock' | 'technology' | 'service' | 'peer';

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
  | { readonly kind: 'peer-added'; readonly path: string }
  | { readonly kind: 'peer-removed'; readonly path: string }
  | {
      readonly kind: 'peers-changed';
      readonly changed: readonly (readonly [path: string, properties: PropertyMap])[];
      readonly removed: readonly string[];
    }
  | {
      readonly kind: 'tethering-clients-changed';
      readonly registered: readonly string[];
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

/** `ofServices`: what there is to say of services, where the caller knows which have changed. */
export function difference(
  before: Snapshot,
  now: Snapshot,
  ofServices: Iterable<Announcement> = changedServices(before.services, now.services),
): Announcement[] {
  const said: Announcement[] = [];
  for (const path of before.technologies.keys()) {
    if (!now.technologies.has(path)) said.push({ kind: 'technology-removed', path });
  }
  for (const [path, properties] of now.technologies) {
    if (!before.technologies.has(path)) said.push({ kind: 'technology-added', path, properties });
  }
  const services = [...ofServices];
  const others = [...changedOthers(before, now)];
  const goes = services.some(({ kind }) => kind === 'service-removed');
  const comes = services.some(({ kind }) => kind === 'service-added');
  // Of a service that goes clients hear last: ConnMan's list is 100 ms late, and cmst crashes when the state changes after it.
  said.push(...(goes && !comes ? [...others, ...services] : [...services, ...others]));
  return said;
}

function* changedOthers(before: Snapshot, now: Snapshot): Generator<Announcement> {
  for (const [path, properties] of now.technologies) {
    const known = before.technologies.get(path);
    if (known) yield* changedProperties('technology', path, known, properties);
  }
  if (before.peers !== now.peers) yield* changedPeers(before.peers, now.peers);
  yield* changedClients(before.tetheringClients, now.tetheringClients);
  if (now.clock !== before.clock) yield* changedProperties('clock', '/', before.clock, now.clock);
  yield* changedProperties('manager', '/', before.manager, now.manager);
}

function* changedClients(before: readonly string[], now: readonly string[]): Generator<Announcement> {
  const registered = now.filter((mac) => !before.includes(mac));
  const removed = before.filter((mac) => !now.includes(mac));
  if (registered.length + removed.length > 0) yield { kind: 'tethering-clients-changed', registered, removed };
}

export function* changedServices(before: Snapshot['services'], now: Snapshot['services']): Generator<Announcement> {
  const removed: string[] = [];
  for (const [path, properties] of before) {
    if (now.has(path)) continue;
    removed.push(path);
    yield* farewell(path, properties);
    yield { kind: 'service-removed', path };
  }
  for (const path of now.keys()) if (!before.has(path)) yield { kind: 'service-added', path };
  if (!haveSameKeys(before, now)) {
    const changed = [...now].map(([path, properties]) => [path, before.has(path) ? noProperties : properties] as const);
    yield { kind: 'services-changed', changed, removed };
  }
  for (const [path, properties] of now) {
    const known = before.get(path);
    if (known && known !== properties) yield* changedProperties('service', path, known, properties);
  }
}

/** PeersChanged lists what came with all its properties, and what has changed with none (as of services). */
function* changedPeers(before: Snapshot['peers'], now: Snapshot['peers']): Generator<Announcement> {
  const removed = [...before.keys()].filter((path) => !now.has(path));
  const added = [...now].filter(([path]) => !before.has(path));
  for (const path of removed) yield { kind: 'peer-removed', path };
  for (const [path] of added) yield { kind: 'peer-added', path };
  if (removed.length + added.length > 0) yield { kind: 'peers-changed', changed: peerList(before, now), removed };
  for (const [path, properties] of now) {
    const known = before.get(path);
    if (known) yield* changedProperties('peer', path, known, properties);
  }
}

function peerList(before: Snapshot['peers'], now: Snapshot['peers']) {
  return [...now].map(([path, properties]) => [path, before.has(path) ? noProperties : properties] as const);
}

/** The same keys in the same order. */
function haveSameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  if (a.size !== b.size) return false;
  const others = b.keys();
  for (const key of a.keys()) if (others.next().value !== key) return false;
  return true;
}

/** Properties of a service that are empty once it is not connected. */
const ofConnection = ['IPv4', 'IPv6', 'Nameservers', 'Timeservers', 'Domains', 'Proxy'];

/**
 * A service in use does not vanish from one moment to the next: clients see it `idle` first, and before that a cable's or a
 * tunnel's `disconnect`. A network that is merely out of range is not being left.
 */
function* farewell(path: string, properties: PropertyMap): Generator<PropertyChange> {
  const state = properties.get('State')?.value;
  if (state === 'idle' || state === 'failure') return;
  const changed = (name: string, value: Variant) =>
    ({ kind: 'property-changed', object: 'service', path, name, value }) as const;
  const type = properties.get('Type')?.as('s') as TechnologyType | undefined;
  const isLeft = !type || !kindOf(type).scan;
  if (isLeft && state !== 'disconnect') yield changed('State', str('disconnect'));
  for (const name of ofConnection) {
    const old = properties.get(name);
    if (old && !isSame(old, emptyLike(old))) yield changed(name, emptyLike(old));
  }
  yield changed('State', str('idle'));
}

/** Properties whose change clients are not told of: SessionMode has never been signalled. */
const silent = new Set(['SessionMode']);

/** The State comes after all else that is said of the object: who acts on it has the rest by then. */
export function* changedProperties(
  object: PublishedObject,
  path: string,
  before: PropertyMap,
  now: PropertyMap,
): Generator<PropertyChange> {
  for (const [name, old] of before) {
    if (!now.has(name)) yield { kind: 'property-changed', object, path, name, value: emptyLike(old) };
  }
  const isNew = (name: string, value: Variant) => !silent.has(name) && !isSame(before.get(name), value);
  for (const [name, value] of now) {
    if (name !== 'State' && isNew(name, value)) yield { kind: 'property-changed', object, path, name, value };
  }
  const state = now.get('State');
  if (state && isNew('State', state)) yield { kind: 'property-changed', object, path, name: 'State', value: state };
}

/** What a property that is absent now is signalled as: an Error that was cleared is the empty text. */
function emptyLike(old: Variant): Variant {
  if (old.signature === 's') return str('');
  if (old.signature === 'as') return strings([]);
  if (old.signature === 'y') return byte(0);
  if (old.signature === 't') return uint64(0n);
  return old.signature === 'b' ? bool(false) : dict({});
}

export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Variant && b instanceof Variant) return a.signature === b.signature && isSame(a.value, b.value);
  if (a instanceof Map && b instanceof Map) {
    if (a.size !== b.size) return false;
    for (const [key, value] of a) if (!isSame(value, b.get(key))) return false;
    return true;
  }
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => isSame(one, b[i]));
  const left = Object.entries(a);
  const right = b as Record<string, unknown>;
  return left.length === Object.keys(b).length && left.every(([key, value]) => isSame(value, right[key]));
}
