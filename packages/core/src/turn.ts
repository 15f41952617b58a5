/** One turn in the making: the world, and what is to be done about it. Handed from stage to stage. */
import type { LogLevel } from '@connman/base';
import type { Effect } from './effects';
import type { Outcome } from './model/outcome';
import type { Service } from './model/service/service';
import type { World } from './world';

export class Turn {
  readonly world: World;
  readonly effects: Effect[] = [];
  /** Links whose carrier was lost in this turn, though it may be back already. */
  readonly lostCarriers = new Set<number>();
  readonly foundCarriers = new Set<number>();
  /** Services whose IPv6 configuration was set in this turn, by identifier. */
  readonly ipv6Renewals = new Set<string>();
  /** Services that are there since this turn, by identifier. */
  readonly arrivals = new Set<string>();

  constructor(world: World) {
    this.world = world;
  }

  emit(effect: Effect): void {
    this.effects.push(effect);
  }

  log(level: LogLevel, message: string): void {
    this.effects.push({ kind: 'log', level, message });
  }

  reply(operations: readonly number[], outcome: Outcome): void {
    for (const operation of operations) this.effects.push({ kind: 'reply', operation, outcome });
  }

  /** Puts a changed service in its place; returns it. */
  put(service: Service): Service {
    this.world.services.set(service.id, service);
    return service;
  }

  store(service: Service): Service {
    const stored = this.put({ ...service, stored: true });
    this.emit({ kind: 'store-service', service: stored });
    return stored;
  }
}

/** Services in order. */
export function servicesOf(world: World): Service[] {
  return world.order.flatMap((id) => world.services.get(id) ?? []);
}
