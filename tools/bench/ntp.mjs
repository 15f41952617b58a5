// How far a disciplined clock is from true time: the client on a simulated machine, over many seeds.
//
//   node tools/bench ntp [seeds]
//   node tools/bench ntp --wire [runs]      ours, connmand 1.41 and chrony in turn, each in a guest whose clock may be set
//
// Each row is a network and an oscillator; the clock starts 0.3 s off. Median and worst of the seeds, in microseconds.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { root, runHere } from './lib/programs.mjs';

if (process.argv[2] === '--wire') compareOnWire(Number(process.argv[3] ?? 3));
else await runHere('ntp', 'simulate', Number(process.argv[2] ?? 50));

/** Needs `tools/setup test`, `tools/setup radio`, and the programs built. Prints a line of JSON for each client and run. */
function compareOnWire(runs) {
  const guest = [path.join(root, 'e2e/radio/run.mjs'), path.join(root, 'tools/bench/ntp/clocks.py')];
  for (let run = 0; run < runs; run++) {
    for (const client of ['ours', 'connman', 'chrony']) {
      process.stdout.write(execFileSync(process.execPath, [...guest, client, root], { encoding: 'utf8' }));
    }
  }
}
