/**
 * What signals tell clients of a network that is lost: nothing if it is back at once; else it is idle while it is not heard,
 * perhaps gone from the list, and then on its way back, each state once.
 */
import { servicePath } from '../src/model/service/service';
import { newScene } from './simulation/air-run';
import { Random } from './simulation/random';
import type { BackEndName } from './simulation/wireless-machine';

const runs = Number(process.env.WIFI_RUNS ?? 40);
/** A network that is listed again is idle for a moment. */
const course = ['idle', 'gone', 'idle', 'association', 'configuration', 'ready', 'online'];

/** Whether the states are some of the course, in its order. */
function isInCourse(states: readonly string[]): boolean {
  let at = -1;
  return states.every((state) => {
    at = course.indexOf(state, at + 1);
    return at >= 0;
  });
}

/** Home is lost in some way and is back after a while. @returns what signals told of it since. */
async function statesOfLoss(seed: number, backEnd: BackEndName): Promise<readonly string[]> {
  const random = new Random(seed);
  const { machine, home, other } = await newScene(random, backEnd);
  const { bench, air } = machine;
  const path = servicePath(bench.idOfName('Home'));
  const { states } = bench.daemon.client;
  const before = states.length;
  for (const ap of [home, other]) if (ap && random.chance(0.8)) air.switchOff(ap);
  air.deauthenticate(home, random.between(1, 9));
  await machine.pass(random.pick([random.below(500), random.below(5000), random.below(120_000)]));
  if (random.chance(0.3)) home.frequency = random.pick([2412, 2437, 5180]);
  home.on = true;
  for (let passed = 0; passed < 15_000 && machine.stateOf('Home') !== 'online'; passed += 100) await machine.pass(100);
  // What is reported late comes now.
  await machine.pass(10_000);
  machine.close();
  return states.slice(before).flatMap((one) => (one.path === path ? [one.state] : []));
}

test.each(['supplicant', 'iwd'] as const)(
  'with %s clients see a lost network idle, then on its way back, each state once, and no failure',
  async (backEnd) => {
    const bad: string[] = [];
    for (let seed = 1; seed <= runs; seed++) {
      const states = await statesOfLoss(seed, backEnd);
      if (!isInCourse(states)) bad.push(`seed ${seed}: ${states.join(', ')}`);
    }
    expect(bad).toEqual([]);
  },
  120_000,
);
