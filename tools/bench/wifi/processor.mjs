// Processor time of one process of a guest, as the host counts it.
//
// A guest on real time counts as its own what the host takes away for others, and one on virtual time counts nothing. But each
// address space of a guest is a process of the host, in which its programs run; what the guest's kernel does for them is none of it.
// Such a process has no name. It is known by what is mapped where, for addresses are drawn by lot.
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds so far. `ranges`: where the guest has something mapped for its process, as "start-end" in hexadecimal. */
export function processorMs(runner, ranges) {
  const wanted = ranges.split(',').map(range);
  const rated = [...descendantsOf(runner)].map((pid) => ({ pid, share: likeness(mapsOf(pid), wanted) }));
  const [best, next] = rated.sort((a, b) => b.share - a.share);
  if (!best || next?.share > 0.9 * best.share)
    throw new Error(`the guest's process is not to be told from others: ${JSON.stringify(rated.slice(0, 3))}`);
  const tasks = readdirSync(`/proc/${best.pid}/task`);
  const nanoseconds = tasks.map((task) => Number(read(`/proc/${best.pid}/task/${task}/schedstat`).split(' ')[0]));
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

/**
 * How much of what a process of the host has mapped lies where the guest's process has something, and in how many of those places
 * there is something: libraries of small programs lie alike, programs and their heaps do not.
 */
function likeness(mapped, wanted) {
  const places = wanted.filter(([start, end]) => mapped.some(([from, to]) => start <= from && to <= end));
  return shareWithin(mapped, wanted) * (places.length / wanted.length);
}

function shareWithin(mapped, wanted) {
  const size = ([from, to]) => Number(to - from);
  const all = mapped.reduce((sum, one) => sum + size(one), 0);
  const within = mapped.filter(([from, to]) => wanted.some(([start, end]) => start <= from && to <= end));
  return all === 0 ? 0 : within.reduce((sum, one) => sum + size(one), 0) / all;
}

function mapsOf(pid) {
  return read(`/proc/${pid}/maps`)
    .split('\n')
    .flatMap((line) => (/^\S+ ..[x-]s/.test(line) ? [range(line.split(' ')[0])] : []));
}

function range(text) {
  return text.split('-').map((address) => BigInt(`0x${address}`));
}

function* descendantsOf(pid) {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = new Map();
  for (const child of parents) {
    const parent = Number(
      read(`/proc/${child}/stat`)
        .replace(/^.*\) \S /s, '')
        .split(' ')[0],
    );
    children.set(parent, [...(children.get(parent) ?? []), Number(child)]);
  }
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    waiting.push(...(children.get(next) ?? []));
  }
}

/** Empty of a process that has ended. */
function read(file) {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
