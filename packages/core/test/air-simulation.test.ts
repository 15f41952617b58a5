/**
 * Seeded runs of a machine with radios in trouble, through the real Wi-Fi driver and a scripted wpa_supplicant or iwd.
 *
 *   WIFI_RUNS=10000 npx jest ...            that many runs by both, from the seed WIFI_SEED (1) on
 *   WIFI_SEED=123 npx jest ... -t iwd       this one run, with what happened in it
 */
import { runAirSeed } from './simulation/air-run';

const { WIFI_SEED, WIFI_RUNS } = process.env;
const first = Number(WIFI_SEED ?? 1);
const runs = Number(WIFI_RUNS ?? (WIFI_SEED === undefined ? 250 : 1));

test.each(['supplicant', 'iwd'] as const)(
  'with %s, a machine is online again within 15 s of the end of its troubles, and no key is called wrong that is right',
  async (backEnd) => {
    const bad: string[] = [];
    const recoveries: number[] = [];
    for (let seed = first; seed < first + runs; seed++) {
      const { complaints, log, recoveryMs } = await runAirSeed(seed, backEnd);
      recoveries.push(recoveryMs);
      if (complaints.length > 0)
        bad.push([`WIFI_SEED=${seed} -t ${backEnd}`, ...complaints, ...(WIFI_SEED ? log : [])].join('\n  '));
    }
    if (WIFI_RUNS) process.stderr.write(`${backEnd}: ${summary(recoveries)}, ${bad.length} stuck\n`);
    expect(bad.slice(0, 8).join('\n')).toBe('');
  },
  86_400_000,
);

function summary(recoveries: number[]): string {
  recoveries.sort((a, b) => a - b);
  const at = (part: number) => recoveries[Math.floor((recoveries.length - 1) * part)];
  return `recovery ${at(0.5)} ms median, ${at(0.99)} ms of 99 %, ${at(1)} ms the slowest`;
}

test.each(['supplicant', 'iwd'] as const)(
  'with %s the same seed gives the same run, byte for byte',
  async (backEnd) => {
    for (const seed of [3, 11]) {
      const { log } = await runAirSeed(seed, backEnd);
      expect(log.length).toBeGreaterThan(5);
      expect((await runAirSeed(seed, backEnd)).log).toEqual(log);
    }
  },
  60_000,
);
