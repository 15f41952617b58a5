/**
 * Behind tools/replay: a recorded trace goes through the engine again. Each turn is printed: what happened, what clients were
 * told, what was to be done, and the services' states when they have changed.
 */
import { readFileSync } from 'node:fs';
import {
  type Announcement,
  effectInWords,
  eventInWords,
  Publication,
  pendingOf,
  replay,
  type World,
} from '@connman/core';

// The reader, a pager say, has seen enough.
process.stdout.on('error', () => process.exit(0));

const publication = new Publication(() => '***');
let start: number | undefined;
let states = '';
const names = new Map<number, string>();
const nameOf = (ifindex: number) => names.get(ifindex) ?? `link ${ifindex}`;

for (const { event, effects, world } of replay(readFileSync(process.argv[2] ?? '', 'utf8'))) {
  start ??= event.at;
  for (const link of world.observed.links.values()) names.set(link.ifindex, link.name);
  print(`${(event.at - start).toFixed(1)} ms ${eventInWords(event, nameOf)}`);
  for (const announcement of publication.update(world)) print(`    says  ${announcementInWords(announcement)}`);
  for (const effect of effects) print(`    does  ${effectInWords(effect, nameOf, event.at)}`);
  const now = statesOf(world).join('\n');
  if (now !== states) for (const state of now.split('\n')) print(`    is    ${state}`);
  states = now;
}

function statesOf({ order, services }: World): string[] {
  return order.map((id) => {
    const service = services.get(id);
    const pending = service ? pendingOf(service) : [];
    const missing = pending.length > 0 ? ` (${pending.join(', ')})` : '';
    return `${id} ${service?.state}${missing} ${service?.error}`.trimEnd();
  });
}

function announcementInWords(said: Announcement): string {
  switch (said.kind) {
    case 'property-changed':
      return `PropertyChanged ${said.path} ${said.name} ${short(said.value.value)}`;
    case 'services-changed':
      return `ServicesChanged ${said.changed.map(([path]) => path).join(' ')} without ${said.removed.join(' ') || 'any'}`;
    case 'peers-changed':
      return `PeersChanged ${said.changed.map(([path]) => path).join(' ')} without ${said.removed.join(' ') || 'any'}`;
    case 'tethering-clients-changed':
      return `TetheringClientsChanged ${said.registered.join(' ')} without ${said.removed.join(' ') || 'any'}`;
    default:
      return `${said.kind} ${said.path}`;
  }
}

/** JSON that shows maps, big numbers and the values inside variants. */
function short(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => {
    if (inner instanceof Map) return Object.fromEntries(inner);
    return typeof inner === 'bigint' ? `${inner}n` : inner;
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
