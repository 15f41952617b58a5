/**
 * The engine: takes an event, runs the stages of flow.ts, gives the effects. Deterministic: the same configuration, storage
 * and events give the same states and effects, byte for byte.
 */
import type { Instant } from '@connman/base';
import { absorb } from './absorb';
import type { Effect } from './effects';
import type { EngineEvent } from './events';
import { stages } from './flow';
import { agentDeadline } from './model/agent/agent-registry';
import type { EngineConfig } from './model/config';
import { advertisedMoments } from './model/observed/advertised';
import { isConnected } from './model/service/service';
import { mayConnect } from './stages/auto-connect';
import { leaseEnd } from './stages/dhcp';
import { connectTimeoutMs } from './stages/lifecycle';
import { Turn } from './turn';
import { newWorld, type Stored, type World } from './world';

export class Engine {
  readonly world: World;

  constructor(config: EngineConfig, stored: Stored) {
    this.world = newWorld(config, stored);
  }

  turn(event: EngineEvent): readonly Effect[] {
    const { world } = this;
    world.now = event.at;
    world.wall = event.wall;
    const turn = new Turn(world);
    absorb(turn, event);
    for (const stage of stages) stage(turn);
    return turn.effects;
  }

  /** When the engine wants a `tick` at the latest; undefined for never. */
  deadline(): Instant | undefined {
    const { world } = this;
    const moments: (number | undefined)[] = [
      world.online.timerAt,
      world.pendingChanges.deadline(),
      agentDeadline(world.agents),
    ];
    moments.push(world.technology.pending?.deadline, ...advertisedMoments(world.observed));
    for (const device of world.devices.values()) moments.push(device.resetUntil, device.solicitation?.at);
    for (const service of world.services.values()) {
      const { connection, state } = service;
      if (mayConnect(service)) moments.push(service.retryAt);
      if (connection) moments.push(leaseEnd(connection));
      if (connection && !connection.wasReady && !isConnected(state)) moments.push(connection.since + connectTimeoutMs);
    }
    // Each turn does what is due. What was due and is not done now waits for something else than time.
    const due = moments.filter((moment) => moment !== undefined).filter((moment) => moment > world.now);
    return due.length > 0 ? (Math.min(...due) as Instant) : undefined;
  }
}
