// The wired machine: our connmand beside Debian's connmand 1.41 and NetworkManager. See docs/BENCHMARKS.md.
//
//   node tools/bench wired [--rounds N] [--subjects ours,connmand,networkmanager] [--parts linked,uplink,...] [--json FILE]
//
// Bundles tools/bench/wired and runs it on one core; it starts the subjects on another one.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'tmp/bench/wired');

if (process.getuid() !== 0) fail('it makes network namespaces and has to run as root');
const setup = spawnSync(path.join(root, 'tools/setup'), ['bench'], { stdio: 'inherit' });
if (setup.status !== 0) fail('tools/setup bench did not succeed');

mkdirSync(folder, { recursive: true });
await build({
  entryPoints: ['main', 'monitor', 'cable', 'round-trips'].map((name) =>
    path.join(root, `tools/bench/wired/${name}.ts`),
  ),
  outdir: folder,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['*.node', 'usocket', 'x11'],
  logLevel: 'error',
});
copyFileSync(path.join(root, 'packages/linux/dist/linux.node'), path.join(folder, 'linux.node'));

const cores = cpus().length;
const main = [process.execPath, path.join(folder, 'main.js'), ...process.argv.slice(2)];
// Before other users of the machine, so that it is the subjects that are measured and not the neighbours.
const argv = ['nice', '-n', '-20', ...(cores > 1 ? ['taskset', '--cpu-list', '1'] : []), ...main];
const { status } = spawnSync(argv[0], argv.slice(1), { stdio: 'inherit' });
process.exit(status ?? 1);

function fail(reason) {
  process.stderr.write(`bench wired: ${reason}\n`);
  process.exit(1);
}
