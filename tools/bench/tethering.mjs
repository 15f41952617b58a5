// Leases of a shared connection: our connmand beside dnsmasq. See docs/BENCHMARKS.md.
//
//   node tools/bench tethering [--rounds N] [--subjects ours,dnsmasq,dnsmasq-no-ping]
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { bundle, prepare, root } from './lib/programs.mjs';

prepare('tethering');
const folder = await bundle('tethering', ['main', 'clients']);
copyFileSync(path.join(root, 'packages/linux/dist/linux.node'), path.join(folder, 'linux.node'));
const main = [path.join(folder, 'main.js'), ...process.argv.slice(2)];
spawn(process.execPath, main, { stdio: 'inherit' }).once('close', (status) => process.exit(status ?? 1));
