// The wired machine: our connmand beside Debian's connmand 1.41 and NetworkManager. See docs/BENCHMARKS.md.
//
//   node tools/bench wired [--rounds N] [--subjects ours,connmand,networkmanager] [--parts linked,uplink,...] [--json FILE]
//                         [--before CHECKOUT]
//
// --before adds the connmand that was built in another checkout as the subject "before": old and new in one alternating run.
// Bundles tools/bench/wired and runs it on one core; it starts the subjects on another one.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { bundle, fail, prepare, root } from './lib/programs.mjs';

prepare('wired');
const folder = await bundle('wired', ['main', 'monitor', 'cable', 'round-trips']);
// A build that goes on meanwhile does not change what is measured.
keepPrograms(root, folder);
const before = process.argv.indexOf('--before');
if (before !== -1) keepPrograms(path.resolve(process.argv[before + 1] ?? ''), path.join(folder, 'before'));

// Before other users of the machine, so that it is the subjects that are measured and not the neighbours. In a session
// of its own, because the scheduler weighs sessions before it weighs what is in them; main.ts raises it.
const main = [process.execPath, path.join(folder, 'main.js'), ...process.argv.slice(2)];
const [command, ...args] = ['nice', '-n', '-20', ...(cpus().length > 1 ? ['taskset', '--cpu-list', '1'] : []), ...main];
const child = spawn(command, args, { stdio: 'inherit', detached: true });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (status) => process.exit(status ?? 1));

function keepPrograms(checkout, target) {
  const from = path.join(checkout, 'packages');
  if (!existsSync(path.join(from, 'core/dist/connmand.js')))
    fail('wired', `${checkout} has no built connmand; run tools/setup there`);
  const files = readdirSync(path.join(from, 'core/dist')).map((file) => `core/dist/${file}`);
  if (!files.some((file) => file.endsWith('.code')))
    console.error(`bench wired: no compiled code was kept, see ${checkout}/tmp/rehearsal.log`);
  mkdirSync(target, { recursive: true });
  for (const file of ['linux/dist/linux.node', ...files])
    copyFileSync(path.join(from, file), path.join(target, path.basename(file)));
}
