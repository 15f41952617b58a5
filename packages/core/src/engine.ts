/**
 * The engine: takes an event, runs the stages of flow.ts, gives the effects. Deterministic: the same configuration, storage
 * and events give the same states and effects, byte for byte.
 */
import type { Instant } from '@connman/base';
import { absorb } from './absorb';
import type { Effect } from './effects';
import { type EngineEvent, isPart } from './events';
import { stages } from './flow';
import type { EngineConfig } from './model/config';
import { Turn } from './turn';
import { newWorld, type Stored, type World } from './world';

/** So often, about, the stages that go over all of them run while news of all links comes in parts (ADR 18). */
const passes = 4;

export class Engine {
  readonly world: World;
  /** In the last turn all stages ran. */
  private allRan = true;

  constructor(config: EngineConfig, stored: Stored) {
    this.world = newWorld(config, stored);
  }

  turn(event: EngineEvent): readonly Effect[] {
    const { world } = this;
    world.now = event.at;
    world.wall = event.wall;
    const { services, links } = world.recent;
    services.turn(this.allRan);
    links.turn(this.allRan);
    const turn = new Turn(world);
    absorb(turn, event);
    this.allRan = !(isPart(event) && links.unseen * passes < world.observed.links.size);
    if (this.allRan) {
      services.recall();
      links.recall();
    }
    for (const { run, goesOverAll } of stages) if (this.allRan || !goesOverAll) run(turn);
    return turn.effects;
  }

  /** When the engine wants a `tick` at the latest; undefined for never. */
  deadline(): Instant | undefined {
    const { world } = this;
    let first: Instant | undefined;
    for (const { deadlines } of stages) {
      for (const moment of deadlines?.(world) ?? []) {
        // Each turn does what is due. What was due and is not done now waits for something else than time.
        if (moment === undefined || moment <= world.now) continue;
        if (first === undefined || moment < first) first = moment;
      }
    }
    return first;
  }
}
