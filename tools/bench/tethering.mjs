// Leases of a shared connection: our connmand beside dnsmasq. See docs/BENCHMARKS.md.
//
//   node tools/bench tethering [--rounds N] [--subjects ours,dnsmasq,dnsmasq-no-ping]
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { bundle, prepare, root } from './lib/programs.mjs';

const options = { rounds: '3', subjects: '' };
const words = process.argv.slice(2);
while (words.length > 0) {
  const name = words.shift().replace(/^--/, '');
  if (!(name in options)) {
    process.stderr.write(
      `bench tethering: unknown option --${name}; there are --${Object.keys(options).join(', --')}\n`,
    );
    process.exit(1);
  }
  options[name] = words.shift();
}
prepare('tethering');
const folder = await bundle('tethering', ['main', 'clients']);
copyFileSync(path.join(root, 'packages/linux/dist/linux.node'), path.join(folder, 'linux.node'));
const env = { ...process.env, BENCH_ROUNDS: options.rounds, BENCH_SUBJECTS: options.subjects };
spawn(process.execPath, [path.join(folder, 'main.js')], { stdio: 'inherit', env }).once('close', (status) =>
  process.exit(status ?? 1),
);
