/** One turn in the making: the world, and what is to be done about it. Handed from stage to stage. */
import type { Instant, LogLevel } from '@connman/base';
import type { NetworkId } from '@connman/contracts';
import type { Effect } from './effects';
import type { AgentAsk } from './model/agent/ask';
import type { Outcome } from './model/outcome';
import type { Service } from './model/service/service';
import { kindOf } from './model/technology/kinds';
import { withoutTrial } from './model/trial/trial';
import type { World } from './world';

export class Turn {
  readonly world: World;
  readonly effects: Effect[] = [];
  /** Links whose carrier was lost in this turn, though it may be back already. */
  readonly lostCarriers = new Set<number>();
  readonly foundCarriers = new Set<number>();
  /** Networks that went in this turn, though they may be back already. */
  readonly lostNetworks = new Set<NetworkId>();
  /** Networks in use whose link was away for a moment. */
  readonly shakenNetworks = new Set<NetworkId>();
  /** Services whose IPv6 configuration was set in this turn, by identifier. */
  readonly ipv6Renewals = new Set<string>();
  /** Services that are there since this turn, by identifier. */
  readonly arrivals = new Set<string>();

  /** What agents are to be asked at the end of the turn, or to be asked no longer. */
  readonly agentRequests: (
    | { readonly kind: 'ask'; readonly ask: AgentAsk; readonly sender?: string }
    | { readonly kind: 'cancel'; readonly service: string }
  )[] = [];

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

  /** Asks the agent of the client that made it necessary, or the default one; its answer is an event of a later turn. */
  ask(ask: AgentAsk, sender?: string): void {
    this.agentRequests.push({ kind: 'ask', ask, ...(sender !== undefined && { sender }) });
  }

  /** What agents were asked about the service is of no use any more (rule 26). */
  cancelAsks(service: string): void {
    this.agentRequests.push({ kind: 'cancel', service });
  }

  /** Puts a changed service in its place; returns it. */
  put(service: Service): Service {
    this.world.services.set(service.id, service);
    return service;
  }

  /** What is known of a peer ends with it. */
  store(service: Service): Service {
    if (kindOf(service.type).isPeer) return this.put(service);
    const stored = this.put({ ...service, stored: true });
    this.emit({ kind: 'store-service', service: this.asStored(stored) });
    return stored;
  }

  /** As it is to be on disk: with what is proposed, and without what is only tried. */
  asStored(service: Service): Service {
    const { proposals, trial } = this.world;
    const proposal = proposals.get(service.id);
    if (proposal) return { ...service, stored: true, settings: { ...service.settings, ...proposal.settings } };
    const isTried = trial?.service === service.id && trial.phase === 'tried' && !service.settings.provision;
    return isTried ? { ...service, settings: withoutTrial(service.settings, trial) } : service;
  }
}

/** A step of each turn, and when it has something to do without an event. */
export interface Stage {
  readonly run: (turn: Turn) => void;
  /** The moments at which it has something to do; those that have passed do not count. */
  readonly deadlines?: (world: World) => Moments;
  /** Not only at what has changed: of news that comes in parts it waits for more. */
  readonly goesOverAll?: true;
}

export type Moments = Iterable<Instant | undefined>;

/** The first one in order. */
export function defaultService({ order, services }: World): Service | undefined {
  return services.get(order[0] ?? '');
}

/** Services in order. */
export function servicesOf({ order, services }: World): Service[] {
  const found: Service[] = [];
  for (const id of order) {
    const service = services.get(id);
    if (service) found.push(service);
  }
  return found;
}
