/** One run of the simulation: trouble, the end of it, and whether the machine is well again. */
import { healOutside, healUser, pickFault } from './faults';
import { complaints } from './law';
import { Machine } from './machine';

export interface Outcome {
  readonly violations: readonly string[];
  readonly machine: Machine;
  /** Milliseconds from the end of the causes until all was well. */
  readonly recoveryMs: number;
}

/** The law: online again within this time once the cause is gone. */
const recoveryLimitMs = 15_000;
/** A probe for address conflicts takes its time (RFC 5227 section 2.1.1). */
const probeMs = 7_000;
/** Turns within one second of the machine's time; more is a busy loop. */
const turnLimit = 500;
/** Pages the agent is asked to show within a second; a check goes round a portal and back in two milliseconds. */
const visitLimit = 25;
const restMs = 40_000;

export function runSeed(seed: number, options: { readonly tracing?: boolean } = {}): Outcome {
  const machine = new Machine(seed, options);
  try {
    return run(machine);
  } catch (error) {
    // A broken invariant ends the run and is one more violation.
    machine.violations.push(`${machine.time()} ${(error as Error).stack}`);
    return { violations: machine.violations, machine, recoveryMs: 0 };
  }
}

function run(machine: Machine): Outcome {
  const { random, clock, violations } = machine;
  machine.startDaemon();
  clock.advance(random.below(20_000));
  const most = random.chance(0.02) ? 200 : 25;
  for (let strikes = random.between(1, most); strikes > 0; strikes--) {
    const fault = pickFault(machine);
    machine.say(`FAULT ${fault.name}`);
    fault.strike(machine);
    clock.advance(pause(machine));
  }

  machine.say('HEAL');
  healOutside(machine);
  clock.advance(1000);
  healUser(machine);
  const limit = recoveryLimitMs + (machine.config.addressConflictDetection ? probeMs : 0);
  const healedAt = clock.now();
  let found = complaints(machine);
  while (found.length > 0 && clock.now() - healedAt < limit) {
    clock.advance(100);
    found = complaints(machine);
  }
  const recoveryMs = clock.now() - healedAt;
  violations.push(...found.map((complaint) => `${machine.time()} ${complaint}`));

  if (found.length === 0) {
    // At rest nothing is sent but what renews a lease.
    clock.advance(limit - recoveryMs);
    const changes = machine.changes;
    const turns = machine.turns;
    clock.advance(restMs);
    if (machine.changes > changes) violations.push(`${machine.changes - changes} changes were sent at rest`);
    // Checks of two families every four seconds, a tick and an answer each, and what every port has to renew.
    if (machine.turns - turns > 45 + 15 * machine.ports.length) {
      violations.push(`${machine.turns - turns} turns were taken at rest`);
    }
    for (const complaint of complaints(machine)) violations.push(`at rest: ${complaint}`);
  }
  if (machine.busiestSecond > turnLimit) violations.push(`${machine.busiestSecond} turns in one second`);
  if (machine.mostVisits > visitLimit) violations.push(`the agent was asked ${machine.mostVisits} times in one second`);
  return { violations, machine, recoveryMs };
}

function pause({ random }: Machine): number {
  return random.pick([random.below(50), random.below(1000), random.below(5000), random.below(40_000)]);
}
