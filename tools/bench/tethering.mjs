// Leases of a shared connection, our connmand beside dnsmasq, and what it lets through, beside the kernel set up by hand. See docs/BENCHMARKS.md.
//
//   node tools/bench tethering [--rounds N] [--subjects ours,dnsmasq,dnsmasq-no-ping,by-hand]
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { bundle, prepare, root } from './lib/programs.mjs';

prepare('tethering');
const folder = await bundle('tethering', ['main', 'clients', 'pump']);
copyFileSync(path.join(root, 'packages/linux/dist/linux.node'), path.join(folder, 'linux.node'));
const main = [path.join(folder, 'main.js'), ...process.argv.slice(2)];
spawn(process.execPath, main, { stdio: 'inherit' }).once('close', (status) => process.exit(status ?? 1));
