// The law of never stuck, with the real programs: once the cause is gone, a known network is online within 15 s without help.
//
// RADIO_SEED=N begins with another seed (a failure names the one that repeats it), RADIO_FAULTS=1000 is the long run.
import { type Fault, faults, PASSPHRASE } from './lab/faults';
import type { Lab } from './lab/lab';
import { Dice } from './lab/random';
import { scenario } from './lab/scenario';
import { wpa2 } from './lab/security';

const count = Number(process.env.RADIO_FAULTS ?? 20);
const firstSeed = Number(process.env.RADIO_SEED ?? 1);
const LIMIT_MS = 15_000;

scenario(
  `after each of ${count} random faults the network is online within ${LIMIT_MS / 1000} s without help`,
  async (lab) => {
    await lab.begin();
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wpa2(PASSPHRASE) });
    await lab.user({ Passphrase: PASSPHRASE });
    await lab.connect('Home');
    await lab.untilOnline('Home');
    // The daemon writes its files a little later: a kill before that makes the network unknown again.
    await lab.passes(10);
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      const dice = new Dice(seed);
      const chosen = [dice.pick(faults), ...(dice.next() < 0.3 ? [dice.pick(faults)] : [])];
      await suffer(lab, chosen, { lab, accessPoint, dice }, seed);
    }
  },
  { onlyOurs: true, timeoutSeconds: 300 + count * 20 },
);

/** Lets faults begin one after the other, last, and end in the opposite order. */
async function suffer(lab: Lab, chosen: Fault[], scene: Parameters<Fault['begin']>[0], seed: number): Promise<void> {
  const story = chosen.map(({ name }) => name).join('; and ');
  console.log(`seed ${seed}: ${story}`);
  const ends: Awaited<ReturnType<Fault['begin']>>[] = [];
  for (const fault of new Set(chosen)) {
    ends.unshift(await fault.begin(scene));
    await lab.passes(scene.dice.pick([0, 0.3, 2, 8, 40, 300]));
  }
  for (const end of ends) await end();
  try {
    await Promise.all([lab.untilOnline('Home', LIMIT_MS), reaches(lab, scene.accessPoint.site.gateway)]);
  } catch (error) {
    throw new Error(`stuck after "${story}"; RADIO_SEED=${seed} RADIO_FAULTS=1 repeats it`, { cause: error });
  }
}

/** A state can be a memory: the network must answer, too. */
async function reaches({ machine, passes }: Lab, address: string): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const { code } = await machine.start(['ping', '-c', '1', '-W', '1', address]).exited;
    if (code === 0) return;
    if (performance.now() > end) throw new Error(`${address} does not answer`);
    await passes(0.2);
  }
}
