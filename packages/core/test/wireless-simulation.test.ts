/**
 * Seeded runs of a machine with a radio in trouble; WIFI_RUNS and WIFI_SEED as SIM_RUNS and SIM_SEED of simulation.test.ts.
 */
import { runWirelessSeed } from './simulation/wireless-run';

const { WIFI_SEED, WIFI_RUNS } = process.env;
const first = Number(WIFI_SEED ?? 1);
const runs = Number(WIFI_RUNS ?? (WIFI_SEED === undefined ? 60 : 1));

test(`${runs} machines with a radio are online again within 15 s of the end of their troubles`, () => {
  const bad: string[] = [];
  for (let seed = first; seed < first + runs; seed++) {
    const { complaints, log } = runWirelessSeed(seed);
    if (complaints.length > 0) bad.push([`WIFI_SEED=${seed}`, ...complaints, ...(WIFI_SEED ? log : [])].join('\n  '));
  }
  expect(bad.slice(0, 8).join('\n')).toBe('');
}, 86_400_000);
