// How far a disciplined clock is from true time: the client on a simulated machine, over many seeds.
//
//   node tools/bench ntp [seeds]
//   node tools/bench ntp --wire [runs]      ours, connmand 1.41 and chrony in turn, each in a guest whose clock may be set;
//                                           chrony twice, as it is and with time stamps of its own for what it sends
//
// Each row is a network and an oscillator; the clock starts 0.3 s off. Median and worst of the seeds, in microseconds.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { root, runHere } from './lib/programs.mjs';

if (process.argv[2] === '--wire') compareOnWire(Number(process.argv[3] ?? 3));
else await runHere('ntp', 'simulate', Number(process.argv[2] ?? 50));

/** Needs `tools/setup test`, `tools/setup radio`, and the programs built. Prints a line of JSON for each client and run. */
function compareOnWire(runs) {
  const results = [];
  const guest = [path.join(root, 'e2e/radio/run.mjs'), path.join(root, 'tools/bench/ntp/clocks.py')];
  for (let run = 0; run < runs; run++) {
    for (const client of ['ours', 'connman', 'chrony', 'chrony-own-stamps']) {
      const line = execFileSync(process.execPath, [...guest, client, root], { encoding: 'utf8' });
      process.stdout.write(line);
      results.push(JSON.parse(line));
    }
  }
  const medianOf = (client, value) => {
    const sorted = results
      .filter(({ subject }) => subject === client)
      .map(value)
      .sort((a, b) => a - b);
    return sorted[sorted.length >> 1];
  };
  const promise = (what, client, most, value) => {
    const ratio = medianOf('ours', value) / medianOf(client, value);
    console.log(`${what}: ${ratio.toFixed(2)} x ${client}'s, at most ${most}: ${ratio <= most ? 'kept' : 'MISSED'}`);
  };
  promise('offset after 10 minutes', 'chrony-own-stamps', 2, ({ offsets }) => Math.abs(offsets[10]));
  // The two ask their servers at the same moment; they differ by the microseconds between two looks at the clock.
  promise('first correction', 'connman', 1.005, ({ first }) => first);
}
