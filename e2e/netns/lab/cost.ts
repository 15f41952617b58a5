// What a daemon costs, as the kernel counts it. Processor time does not grow with the load of the machine, as waiting does.
import { readdirSync, readFileSync } from 'node:fs';
import type { Lab } from './lab';

/** Milliseconds that the main thread of a process has had a processor. */
export function processorMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
}

/** Memory that is the process's own, in kB. */
export function anonymousKb(pid: number): number {
  return Number(/^Anonymous:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1]);
}

export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export interface AnswerCost {
  /** From the question to the answer. */
  readonly waitedMs: number;
  /** Processor time of the daemon meanwhile: for all that came before the question, and for the answer. */
  readonly processorMs: number;
}

/** What one question of an ordinary client costs beside whatever else goes on. */
async function answerCost({ connman, daemon }: Lab): Promise<AnswerCost> {
  const asked = performance.now();
  const before = processorMs(daemon.pid);
  await connman.client.call({ path: '/', interface: 'net.connman.Manager', member: 'GetProperties' });
  return { waitedMs: performance.now() - asked, processorMs: processorMs(daemon.pid) - before };
}

/** The costs of so many questions, one after the other. */
export async function answerCosts(lab: Lab, count: number): Promise<AnswerCost[]> {
  const costs: AnswerCost[] = [];
  for (let i = 0; i < count; i++) costs.push(await answerCost(lab));
  return costs;
}

/** The costs of one question after the other until `work` is over, at least one; `look` is called after each. */
export async function answerCostsDuring(lab: Lab, work: Promise<unknown>, look = () => {}): Promise<AnswerCost[]> {
  let isOver = false;
  const end = work.finally(() => {
    isOver = true;
  });
  // Awaited below: until then its failure is no one's.
  end.catch(() => undefined);
  const costs: AnswerCost[] = [];
  do {
    costs.push(await answerCost(lab));
    look();
  } while (!isOver);
  await end;
  return costs;
}

/** The value below which so great a share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
