// Load by dnsperf, and what it cost: its own report, and the processor time the subject took meanwhile.
import { readdirSync, readFileSync } from 'node:fs';
import type { Host } from '../../../e2e/netns/lab/host';

export interface Load {
  readonly address: string;
  readonly port: number;
  readonly names: string;
  readonly seconds: number;
  readonly outstanding: number;
  readonly tcp?: boolean;
  /** Queries a second at most. */
  readonly rate?: number;
  /** Latency of each query is noted; costs the load generator something. */
  readonly each?: boolean;
}

export interface Result {
  readonly queriesPerSecond: number;
  readonly completed: number;
  readonly lostShare: number;
  /** Of the subject, for one query. */
  readonly cpuMicroseconds: number;
  readonly p50Microseconds: number;
  readonly p99Microseconds: number;
}

export async function load(host: Host, pid: number, wish: Load): Promise<Result> {
  const argv = ['taskset', '-c', '1', 'dnsperf', '-s', wish.address, '-p', String(wish.port), '-d', wish.names];
  argv.push('-l', String(wish.seconds), '-q', String(wish.outstanding), '-t', '1');
  // What is answered in a burst must not be lost at the load generator's own socket.
  argv.push('-b', '4096');
  if (wish.tcp) argv.push('-m', 'tcp');
  if (wish.rate !== undefined) argv.push('-Q', String(Math.round(wish.rate)));
  if (wish.each) argv.push('-v');
  const before = cpuNanoseconds(pid);
  // Not through a pipe: reading thousands of lines would take processor time from those who are measured.
  await host.run(['sh', '-c', `${argv.join(' ')} > /run/dnsperf.out 2>&1`]);
  const cpu = cpuNanoseconds(pid) - before;
  const text = host.read('/run/dnsperf.out');
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  const completed = number(/Queries completed:\s+(\d+)/);
  const latencies = wish.each
    ? [...text.matchAll(/^> \S+ \S+ \S+ ([\d.]+)/gm)].map((match) => Number(match[1]) * 1e6).sort((a, b) => a - b)
    : [];
  return {
    completed,
    queriesPerSecond: number(/Queries per second:\s+([\d.]+)/),
    lostShare: number(/Queries lost:.*\(([\d.]+)%\)/) / 100,
    cpuMicroseconds: cpu / 1000 / completed,
    p50Microseconds: latencies[Math.floor(latencies.length / 2)] ?? Number.NaN,
    p99Microseconds: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
  };
}

function cpuNanoseconds(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, nanoseconds) => sum + nanoseconds, 0);
}

/** Kilobytes of anonymous memory. */
export function anonymousKb(pid: number): number {
  return Number(/^Anonymous:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? Number.NaN);
}
