/**
 * Changes for clients that subscribe late. Many take an object's properties from a list (GetServices, ServicesChanged) and
 * subscribe to the object afterwards; a change in between would never reach them. It is signalled again when they have had time
 * to subscribe. ConnMan makes the gap smaller by keeping ServicesChanged back (rule 17), and every client waits.
 */
import { after, type Instant } from '@connman/base';
import type { Clock } from '@connman/ports';
import type { Announcement, PropertyChange } from './difference';

/** How long a client may take from the list to its subscription: a slow machine that starts its desktop. */
export const subscribeTimeMs = 500;

interface Missed {
  readonly change: PropertyChange;
  readonly due: Instant;
  readonly object: AnObject;
}

/** An object as long as it exists: one that comes back at the same path is another. */
type AnObject = object;

export class LateSubscribers {
  private readonly clock: Clock;
  private readonly repeat: (changes: readonly PropertyChange[]) => void;
  /** Clients that have the properties of objects are expected to subscribe until then. */
  private expectedUntil: Instant | undefined;
  /** Latest changes of each object by name of the property, those that are due first coming first. */
  private readonly missed = new Map<string, Missed>();
  /** By path, those that have something in `missed`. */
  private readonly objects = new Map<string, AnObject>();
  private armed = false;

  constructor(clock: Clock, repeat: (changes: readonly PropertyChange[]) => void) {
    this.clock = clock;
    this.repeat = repeat;
  }

  /** A client has been given all properties of objects that it may not be subscribed to. */
  handedOut(): void {
    this.expectedUntil = after(this.clock.now(), subscribeTimeMs);
  }

  /** Has been signalled just now. */
  follow(announcement: Announcement): void {
    switch (announcement.kind) {
      case 'technology-added':
        return this.handedOut();
      case 'services-changed':
        if (announcement.changed.some(([, properties]) => properties.size > 0)) this.handedOut();
        return;
      case 'technology-removed':
      case 'service-removed':
        this.objects.delete(announcement.path);
        return;
      case 'property-changed':
        return this.keep(announcement);
    }
  }

  private keep(change: PropertyChange): void {
    const key = `${change.path} ${change.name}`;
    // Whatever comes of this one: an earlier value must not be signalled after it.
    this.missed.delete(key);
    const due = this.expectedUntil;
    if ((change.object !== 'service' && change.object !== 'technology') || due === undefined) return;
    if (due <= this.clock.now()) return;
    const object = this.objects.get(change.path) ?? {};
    this.objects.set(change.path, object);
    this.missed.set(key, { change, due, object });
    this.arm(due);
  }

  private arm(due: Instant): void {
    if (this.armed) return;
    this.armed = true;
    this.clock.setTimer(due - this.clock.now(), () => this.expire());
  }

  private expire(): void {
    this.armed = false;
    const changes: PropertyChange[] = [];
    for (const [key, { change, due, object }] of this.missed) {
      if (due > this.clock.now()) {
        this.arm(due);
        break;
      }
      this.missed.delete(key);
      if (this.objects.get(change.path) === object) changes.push(change);
    }
    if (this.missed.size === 0) this.objects.clear();
    this.repeat(changes);
  }
}
