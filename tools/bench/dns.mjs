// The DNS proxy: ours beside dnsmasq, unbound (one thread), Debian's connmand 1.41 and systemd-resolved. See docs/BENCHMARKS.md.
//
//   node tools/bench dns [--rounds N] [--subjects ours,dnsmasq,...] [--parts hits,misses,lone,tcp,overload,memory] [--seconds S] [--json FILE]
//
// Bundles tools/bench/dns and runs it; every subject runs on core 0, the load and the server that is asked on core 1.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'tmp/bench/dns');

if (process.getuid() !== 0) fail('it makes network namespaces and has to run as root');
const setup = spawnSync(path.join(root, 'tools/setup'), ['bench'], { stdio: 'inherit' });
if (setup.status !== 0) fail('tools/setup bench did not succeed');

mkdirSync(folder, { recursive: true });
await build({
  entryPoints: ['main', 'echo'].map((name) => path.join(root, `tools/bench/dns/${name}.ts`)),
  outdir: folder,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['*.node', 'usocket', 'x11'],
  logLevel: 'error',
});
copyFileSync(path.join(root, 'packages/linux/dist/linux.node'), path.join(folder, 'linux.node'));

const main = [process.execPath, path.join(folder, 'main.js'), ...process.argv.slice(2)];
const argv = availableParallelism() > 1 ? ['taskset', '--cpu-list', '1', ...main] : main;
const { status } = spawnSync(argv[0], argv.slice(1), { stdio: 'inherit' });
process.exit(status ?? 1);

function fail(reason) {
  process.stderr.write(`bench dns: ${reason}\n`);
  process.exit(1);
}
