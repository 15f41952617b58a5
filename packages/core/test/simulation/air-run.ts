/**
 * A seeded run of a machine with radios and scripted programs behind the real driver. The law: once the causes are gone a
 * network of the user's is online within 15 s without help; and nothing but another key is ever called one.
 */
import { Random } from './random';
import { heal, newAccessPoints, rightKey, type Scene, wirelessFaults } from './wireless-faults';
import { type BackEndName, WirelessMachine } from './wireless-machine';

const recoveryLimitMs = 15_000;

export interface AirOutcome {
  readonly complaints: readonly string[];
  readonly log: readonly string[];
  readonly recoveryMs: number;
}

export async function runAirSeed(seed: number, backEnd: BackEndName): Promise<AirOutcome> {
  const random = new Random(seed);
  const scene = await newScene(random, backEnd);
  const { machine } = scene;
  const { bench } = machine;
  const complaints: string[] = [];
  const log: string[] = [];
  const time = () => `@${bench.clock.now() - 1_000_000}`;
  bench.onTurn = () => {
    if (scene.hadKeyTrouble) return;
    for (const { name, error } of bench.daemon.engine.world.services.values()) {
      if (error === 'invalid-key') complaints.push(`${time()} ${name} is invalid-key, and its key was right`);
    }
  };
  for (let strikes = random.between(1, 12); strikes > 0; strikes--) {
    const fault = random.pick(wirelessFaults);
    log.push(`${time()} ${fault.name}`);
    await fault.strike(scene);
    await machine.pass(random.pick([random.below(200), random.below(3000), random.below(40_000)]));
  }
  log.push(`${time()} heal`);
  heal(scene);
  // A Powered request under way has every other one refused, for ten seconds at most.
  while (bench.daemon.engine.world.technologies.get('wifi')?.pending) await machine.pass(100);
  let recoveryMs = 0;
  const passWhile = async (condition: () => boolean) => {
    while (condition() && recoveryMs < recoveryLimitMs) {
      await machine.pass(100);
      recoveryMs += 100;
    }
  };
  // A daemon that was started again may not have heard of its radio yet.
  await passWhile(() => !bench.daemon.engine.world.technologies.has('wifi'));
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  await passWhile(() => troubles(scene).length > 0);
  log.push(...bench.done('technology', 'log').slice(-80));
  machine.close();
  return { complaints: [...complaints.slice(0, 1), ...troubles(scene)], log, recoveryMs };
}

/** A machine online at Home, with the user's passphrase. */
export async function newScene(random: Random, backEnd: BackEndName): Promise<Scene> {
  const machine = new WirelessMachine(backEnd, random.chance(0.2) ? ['wlan0', 'wlan1'] : ['wlan0']);
  const { bench, air } = machine;
  const { home, other, cafe } = newAccessPoints(random);
  for (const ap of [home, other, cafe]) if (ap) air.add(ap);
  machine.start();
  await machine.pass(500);
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  while (bench.serviceOfName('Home') === undefined) await machine.pass(100);
  bench.agentGives(rightKey);
  bench.ask({ kind: 'connect', service: bench.idOfName('Home') });
  await machine.pass(4000);
  if (machine.stateOf('Home') !== 'online') {
    throw new Error(`Home is ${machine.stateOf('Home')} at the start\n${bench.done('technology', 'log').join('\n')}`);
  }
  bench.done();
  return { machine, random, home, other, cafe, hadKeyTrouble: false };
}

function troubles({ machine: { bench } }: Scene): string[] {
  const { world } = bench.daemon.engine;
  const services = [...world.services.values()];
  const states = services.map(({ name, state, error }) => `${name} ${state} ${error}`).join('; ');
  const found: string[] = [];
  if (!services.some(({ state }) => state === 'online')) found.push(`nothing is online: ${states || 'no services'}`);
  const devices = services.flatMap(({ connection }) => connection?.device ?? []);
  if (new Set(devices).size < devices.length) found.push(`two services of one device are connected: ${states}`);
  found.push(...bench.daemon.client.errors(world));
  return found;
}
