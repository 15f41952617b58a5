// The DNS proxy: ours beside dnsmasq, unbound (one thread), Debian's connmand 1.41 and systemd-resolved. See docs/BENCHMARKS.md.
//
//   node tools/bench dns [--rounds N] [--subjects ours,dnsmasq,...] [--parts hits,misses,lone,tcp,overload,memory] [--seconds S] [--json FILE]
//
// Bundles tools/bench/dns and runs it; every subject runs on core 0, the load and the server that is asked on core 1.
import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { bundle, prepare, root } from './lib/programs.mjs';

prepare('dns');
const folder = await bundle('dns', ['main', 'echo']);
copyFileSync(path.join(root, 'packages/linux/dist/linux.node'), path.join(folder, 'linux.node'));

const main = [process.execPath, path.join(folder, 'main.js'), ...process.argv.slice(2)];
const argv = availableParallelism() > 1 ? ['taskset', '--cpu-list', '1', ...main] : main;
const { status } = spawnSync(argv[0], argv.slice(1), { stdio: 'inherit' });
process.exit(status ?? 1);
