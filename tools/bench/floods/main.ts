// The floods of docs/BENCHMARKS.md, each on a machine of its own, and what connmand costs meanwhile. Run by floods.mjs.
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import {
  type AnswerCost,
  anonymousKb,
  answerCosts,
  answerCostsDuring,
  openDescriptors,
  processorMs,
  quantile,
} from '../../../e2e/netns/lab/cost';
import { advertise, besideFloodOf, silentLinks } from '../../../e2e/netns/lab/floods';
import { inLab, type Lab } from '../../../e2e/netns/lab/lab';
import { ours } from '../../../e2e/netns/lab/subject';

type Figures = Record<string, number>;

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'reader,routers,links' },
    links: { type: 'string', default: '1000' },
    json: { type: 'string' },
  },
});
/** How long the daemon has to come to rest before its memory is read: it collects garbage once a minute at most. */
const REST_MS = 75_000;
/** How long online checks are counted. */
const CHECKS_MS = 10_000;

const parts: Readonly<Record<string, (lab: Lab) => Promise<Figures>>> = { reader, routers, links };

/** A client asks as fast as the bus takes it, and reads nothing; 500 questions of another one. */
async function reader(lab: Lab): Promise<Figures> {
  await lab.online();
  const before = await memoryAtRest(lab);
  const quiet = waits(await answerCosts(lab, 500));
  const call = { path: '/', interface: 'net.connman.Manager', member: 'GetServices' };
  const { result: costs, sent } = await besideFloodOf(lab, call, () => answerCosts(lab, 500));
  return {
    'calls sent': sent,
    'answer to another client, before the flood: median ms': quantile(quiet, 0.5),
    'during it: median ms': quantile(waits(costs), 0.5),
    '98 of 100 within ms': quantile(waits(costs), 0.98),
    'slowest, ms': Math.max(...waits(costs)),
    'work before it: median ms': quantile(work(costs), 0.5),
    'work, 98 of 100 within ms': quantile(work(costs), 0.98),
    'most work, ms': Math.max(...work(costs)),
    ...(await memoryAfter(lab, before)),
  };
}

/** 3,000 router advertisements, each with another prefix and name server. */
async function routers(lab: Lab): Promise<Figures> {
  const { network } = await lab.online();
  const { pid } = lab.daemon;
  const before = await memoryAtRest(lab);
  const descriptors = openDescriptors(pid);
  let most = descriptors;
  const look = () => {
    most = Math.max(most, openDescriptors(pid));
  };
  const used = processorMs(pid);
  const flood = async () => {
    await advertise(network, 3000);
    await lab.connman.until('name servers of the flood', () =>
      String(lab.connman.service('eth0')?.properties.Nameservers).includes('2001:db8:'),
    );
    await pause(CHECKS_MS);
  };
  const costs = await answerCostsDuring(lab, flood(), look);
  return {
    'processor time of the daemon, s': (processorMs(pid) - used) / 1000,
    'longest silence on the bus, ms': Math.max(...waits(costs)),
    'descriptors before': descriptors,
    'descriptors at most': most,
    'online checks that failed': lab.daemon.output.items.filter((line) => line.includes('online check')).length,
    ...(await memoryAfter(lab, before)),
  };
}

/** Links with carrier and no DHCP server come at once; each ends with a link-local address; then they go. */
async function links(lab: Lab): Promise<Figures> {
  const count = Number(values.links);
  await lab.online();
  const { pid } = lab.daemon;
  const before = await memoryAtRest(lab);
  const used = processorMs(pid);
  const started = performance.now();
  const isReady = (state: unknown) => state === 'ready' || state === 'online';
  const come = async () => {
    const cables = await silentLinks(lab, count);
    await lab.connman.until(
      `${count} services`,
      () => lab.connman.services.filter(({ properties }) => isReady(properties.State)).length > count,
      600_000,
    );
    return cables;
  };
  const coming = come();
  const costs = await answerCostsDuring(lab, coming);
  const figures = {
    'until all are connected, s': (performance.now() - started) / 1000,
    'processor time of the daemon, s': (processorMs(pid) - used) / 1000,
    'longest silence on the bus, ms': Math.max(...waits(costs)),
    'most work before an answer, ms': Math.max(...work(costs)),
    'answers that took more than 100 ms of work, in 1,000': aboveTarget(costs),
  };
  const going = async () => {
    await (await coming).remove();
    await lab.connman.until('one service', () => lab.connman.services.length === 1, 120_000);
  };
  const usedThen = processorMs(pid);
  const costsThen = await answerCostsDuring(lab, going());
  return {
    ...figures,
    'processor time while they go, s': (processorMs(pid) - usedThen) / 1000,
    'longest silence while they go, ms': Math.max(...waits(costsThen)),
    'most work while they go, ms': Math.max(...work(costsThen)),
    'of more than 100 ms then, in 1,000': aboveTarget(costsThen),
    ...(await memoryAfter(lab, before)),
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const waits = (costs: readonly AnswerCost[]) => costs.map((cost) => cost.waitedMs);
const work = (costs: readonly AnswerCost[]) => costs.map((cost) => cost.processorMs);
const aboveTarget = (costs: readonly AnswerCost[]) =>
  (1000 * work(costs).filter((ms) => ms > 100).length) / costs.length;

async function memoryAtRest({ daemon }: Lab): Promise<number> {
  await pause(REST_MS);
  return anonymousKb(daemon.pid);
}

async function memoryAfter(lab: Lab, before: number): Promise<Figures> {
  const during = anonymousKb(lab.daemon.pid);
  const after = await memoryAtRest(lab);
  return { 'anonymous kB before': before, 'at its end': during, [`${REST_MS / 1000} s later`]: after };
}

async function main(): Promise<void> {
  const results: Record<string, Figures> = {};
  for (const name of values.parts.split(',')) {
    const part = parts[name];
    if (!part) throw new Error(`no part "${name}"; there are ${Object.keys(parts).join(', ')}`);
    await inLab(ours, async (lab) => {
      results[name] = await part(lab);
    });
    process.stdout.write(`\n${name}, at a load of ${loadavg()[0]?.toFixed(0)} on ${cpus().length} cores\n`);
    for (const [what, figure] of Object.entries(results[name] ?? {}))
      process.stdout.write(`  ${what.padEnd(56)}${figure.toFixed(figure < 100 ? 1 : 0).padStart(10)}\n`);
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`bench floods: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
