// What floods cost connmand: processor time, silence on the bus, descriptors and memory, while they last and afterwards.
//
//   node tools/bench floods [--parts reader,routers,links] [--links 1000] [--json FILE]
//
// Bundles tools/bench/floods and runs it before other users of the machine, as tools/bench/wired.mjs does.
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'tmp/bench/floods');

if (process.getuid() !== 0) fail('it makes network namespaces and has to run as root');
if (spawnSync(path.join(root, 'tools/setup'), ['bench'], { stdio: 'inherit' }).status !== 0)
  fail('tools/setup bench did not succeed');
await build({
  entryPoints: [path.join(root, 'tools/bench/floods/main.ts')],
  outdir: folder,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['*.node', 'usocket', 'x11'],
  logLevel: 'error',
});
const main = ['nice', '-n', '-20', process.execPath, path.join(folder, 'main.js'), ...process.argv.slice(2)];
const child = spawn(main[0], main.slice(1), { stdio: 'inherit', detached: true });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (status) => process.exit(status ?? 1));

function fail(reason) {
  process.stderr.write(`bench floods: ${reason}\n`);
  process.exit(1);
}
