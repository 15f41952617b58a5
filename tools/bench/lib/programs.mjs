// What benchmarks have in common: their programs are bundled from TypeScript, and run in namespaces or right here.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** Bundles tools/bench/BENCHMARK/NAME.ts of each name; returns the folder that has NAME.js. */
export async function bundle(benchmark, names, more = {}) {
  const folder = path.join(root, 'tmp/bench', benchmark);
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: names.map((name) => path.join(root, 'tools/bench', benchmark, `${name}.ts`)),
    outdir: folder,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['*.node', 'usocket', 'x11'],
    logLevel: 'error',
    ...more,
  });
  return folder;
}

/** For one that makes network namespaces: installs what it compares with. */
export function prepare(benchmark) {
  if (process.getuid() !== 0) fail(benchmark, 'it makes network namespaces and has to run as root');
  if (spawnSync(path.join(root, 'tools/setup'), ['bench'], { stdio: 'inherit' }).status !== 0)
    fail(benchmark, 'tools/setup bench did not succeed');
}

/** Calls `run` of one program in this process. */
export async function runHere(benchmark, name, argument, more = {}) {
  const folder = await bundle(benchmark, [name], more);
  try {
    createRequire(import.meta.url)(path.join(folder, `${name}.js`)).run(argument);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function fail(benchmark, reason) {
  process.stderr.write(`bench ${benchmark}: ${reason}\n`);
  process.exit(1);
}
