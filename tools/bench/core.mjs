// What a turn of the engine costs, by how much there is in its world.
//
//   node tools/bench core [turns]
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const turns = Number(process.argv[2] ?? 400);
const folder = mkdtempSync(path.join(tmpdir(), 'bench-core-'));
const outfile = path.join(folder, 'turns.cjs');
try {
  await build({
    entryPoints: [fileURLToPath(new URL('core/turns.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  createRequire(import.meta.url)(outfile).run(turns);
} finally {
  rmSync(folder, { recursive: true });
}
