// How far a disciplined clock is from true time: the client on a simulated machine, over many seeds.
//
//   node tools/bench ntp [seeds]
//
// Each row is a network and an oscillator; the clock starts 0.3 s off. Median and worst of the seeds, in microseconds.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const seeds = Number(process.argv[2] ?? 50);
const folder = mkdtempSync(path.join(tmpdir(), 'bench-ntp-'));
const outfile = path.join(folder, 'simulate.cjs');
try {
  await build({
    entryPoints: [fileURLToPath(new URL('ntp/simulate.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
  });
  createRequire(import.meta.url)(outfile).run(seeds);
} finally {
  rmSync(folder, { recursive: true });
}
