// One part of the Wi-Fi benchmark, for one subject, in a guest of its own. Prints "figure N"; null where it never came to pass.
import { existsSync, readFileSync } from 'node:fs';
import type { AccessPoint } from '../../../e2e/radio/lab/access-point';
import type { BackendName } from '../../../e2e/radio/lab/backend';
import { Lab } from '../../../e2e/radio/lab/lab';
import { switchOff } from '../../../e2e/radio/lab/machine';
import { wpa2 } from '../../../e2e/radio/lab/security';
import { Connman, type Manager, NetworkManager } from './managers';

const PASSPHRASE = 'correct horse';
const security = wpa2(PASSPHRASE);
const NEVER_MS = 180_000;
const SCANS = 5;
let samples = 0;
const round = Number(process.env.BENCH_ROUND ?? 1);

interface Bench {
  readonly lab: Lab;
  readonly manager: Manager;
}

/** Each measures from a machine whose manager runs with Wi-Fi on. */
const parts: Record<string, (bench: Bench) => Promise<number>> = {
  'back-5': (bench) => back(bench, 5),
  'back-60': (bench) => back(bench, 60),
  'back-3600': (bench) => back(bench, 3600),

  async appears(bench) {
    const accessPoint = await online(bench);
    await bench.manager.power(false);
    await accessPoint.stop();
    await bench.manager.power(true);
    await bench.lab.passes(20);
    await accessPoint.start();
    return seconds(() => bench.manager.untilConnected(NEVER_MS));
  },

  async 'wrong-key'({ lab, manager }) {
    await lab.accessPoint(await lab.site(), { ssid: 'Home', security });
    return seconds(() => manager.untilRefused('Home', 'wrong horse', NEVER_MS));
  },

  async 'roam-signal'(bench) {
    const { near, far } = await twoAccessPoints(bench);
    return silence(bench, near, () => {
      near.setSignal(-85);
      far.setSignal(-45);
    });
  },

  async 'roam-death'(bench) {
    const { near } = await twoAccessPoints(bench);
    return silence(bench, near, () => near.vanish());
  },

  async 'roam-off'(bench) {
    const { near } = await twoAccessPoints(bench);
    return silence(bench, near, () => void near.stop());
  },

  async 'scans-away'(bench) {
    const accessPoint = await online(bench);
    await accessPoint.stop();
    await bench.manager.untilLost(60_000);
    return scansInAnHour(bench.lab);
  },

  async 'scans-online'(bench) {
    await online(bench);
    return scansInAnHour(bench.lab);
  },

  async memory(bench) {
    await online(bench);
    await bench.lab.passes(60);
    const files = bench.manager.pids().map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
    return sum(files.map((text) => Number(/^Anonymous: *(\d+)/m.exec(text)?.[1]))) / 1024;
  },

  async 'wake-ups'(bench) {
    await online(bench);
    await bench.lab.passes(60);
    const before = wakeUps(bench.manager);
    await bench.lab.passes(600);
    return (wakeUps(bench.manager) - before) / 10;
  },

  async 'scan-cpu'(bench) {
    const { lab, manager } = bench;
    const site = await lab.site();
    for (let radio = 1; radio <= 4; radio++) {
      const more = Array.from({ length: 49 }, (_none, number) => [
        `bss=wlan${radio}_${number}`,
        `ssid=${radio} ${number}`,
      ]);
      await lab.accessPoint(site, { ssid: `Home ${radio}`, channel: 1 + radio, more: more.flat() });
    }
    await manager.scan();
    const before = await processorMs(manager);
    for (let round = 0; round < SCANS; round++) await manager.scan();
    return ((await processorMs(manager)) - before) / SCANS;
  },
};

async function online({ lab, manager }: Bench): Promise<AccessPoint> {
  const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security });
  await manager.join('Home', PASSPHRASE);
  return accessPoint;
}

async function back(bench: Bench, away: number): Promise<number> {
  const accessPoint = await online(bench);
  await accessPoint.stop();
  await bench.manager.untilLost(60_000);
  // The access point returns between two scans: each round leaves it other odds.
  await bench.lab.passes(away + (((round - 1) * 0.7) % 3.5));
  await accessPoint.start();
  return seconds(() => bench.manager.untilConnected(NEVER_MS));
}

async function twoAccessPoints(bench: Bench): Promise<{ near: AccessPoint; far: AccessPoint }> {
  const near = await online(bench);
  const far = await bench.lab.accessPoint(near.site, { ssid: 'Home', security, channel: 6 });
  // Time for background scans to find it. The kernel looks for missed beacons at whole seconds: each round leaves it other odds.
  await bench.lab.passes(120 + ((round * 0.37) % 1));
  return { near, far };
}

/** The longest time without an answer to a ping every 20 ms, from a change until the machine has been back for 10 s. */
async function silence({ lab }: Bench, { site }: AccessPoint, change: () => void): Promise<number> {
  const ping = lab.machine.start(['ping', '-D', '-O', '-i', '0.02', site.gateway]);
  await ping.line(/bytes from/);
  const seen = ping.output.items.length;
  change();
  await lab.passes(90);
  ping.signal('SIGINT');
  await ping.exited;
  const times = ping.output.items
    .slice(seen - 1)
    .flatMap((line) => Number(/^\[([\d.]+)\] .*bytes from/.exec(line)?.[1] ?? Number.NaN));
  const answered = times.filter((time) => !Number.isNaN(time));
  const last = answered.at(-1) ?? 0;
  const first = answered[0] ?? 0;
  if (last - first < 80) throw new Error('the pings were not answered again');
  return Math.max(...answered.slice(1).map((time, index) => time - (answered[index] ?? time)));
}

async function scansInAnHour({ machine, link }: Lab): Promise<number> {
  const events = machine.start(['iw', 'event']);
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
  return events.output.items.filter((line) => line.includes(link) && line.includes('scan started')).length;
}

function wakeUps(manager: Manager): number {
  const files = manager.pids().map((pid) => readFileSync(`/proc/${pid}/status`, 'latin1'));
  return sum(files.map((text) => Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(text)?.[1])));
}

/** Processor time used so far, which the host counts: see processor.mjs. */
async function processorMs(manager: Manager): Promise<number> {
  const [pid] = manager.pids();
  const ranges = readFileSync(`/proc/${pid}/maps`, 'latin1').match(/^[0-9a-f]+-[0-9a-f]+/gm) ?? [];
  const answer = `/out/sample-${++samples}`;
  console.log(`sample ${samples} ${ranges.join(',')}`);
  while (!existsSync(answer)) await new Promise((resolve) => setTimeout(resolve, 20));
  return Number(readFileSync(answer, 'latin1'));
}

async function seconds(wait: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await wait();
  return (performance.now() - begin) / 1000;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

async function main(): Promise<void> {
  const [daemon = '', backend = 'wpa_supplicant'] = (process.env.BENCH_SUBJECT ?? '').split('+');
  const measure = parts[process.env.BENCH_PART ?? ''];
  if (!measure) throw new Error(`no such part: ${process.env.BENCH_PART}`);
  const lab = await Lab.open({ backend: backend as BackendName, radios: 5 });
  const manager = daemon === 'networkmanager' ? new NetworkManager(lab) : new Connman(lab);
  await manager.start();
  let figure: number | null;
  try {
    figure = await measure({ lab, manager });
  } catch (error) {
    console.log(`${error instanceof Error ? error.stack : error}\n${lab.report()}`);
    figure = null;
  }
  console.log(`figure ${JSON.stringify(figure)}`);
}

main().then(
  () => switchOff(0),
  (error) => {
    console.log(error);
    switchOff(1);
  },
);
