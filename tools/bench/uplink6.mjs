// Addresses of both families after a cable is put in: our connmand beside systemd-networkd. See docs/BENCHMARKS.md.
//
//   node tools/bench uplink6 [--rounds N] [--subjects ours,networkd]
//
// Runs on one core, the subject on another one.
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { bundle, prepare, root } from './lib/programs.mjs';

prepare('uplink6');
const folder = await bundle('uplink6', ['main', 'monitor']);
await bundle('wired', ['cable']);
for (const name of ['uplink6', 'wired'])
  copyFileSync(path.join(root, 'packages/linux/dist/linux.node'), path.join(root, 'tmp/bench', name, 'linux.node'));
const main = [process.execPath, path.join(folder, 'main.js'), ...process.argv.slice(2)];
const [command, ...args] = ['nice', '-n', '-20', ...(cpus().length > 1 ? ['taskset', '--cpu-list', '1'] : []), ...main];
spawn(command, args, { stdio: 'inherit' }).once('close', (status) => process.exit(status ?? 1));
