// VPNs: our connmand and connman-vpnd beside Debian's 1.41 and NetworkManager's plug-ins, in a guest of the radio laboratory. See
// docs/BENCHMARKS.md.
//
//   node tools/bench vpn [--rounds N] [--types wireguard,openvpn,...] [--subjects ours,debian,networkmanager] [--timeout S]
//
// The guest's clock counts what its programs compute, in steps of some milliseconds: one round says little. The subjects take
// turns within a round.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from './lib/programs.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const options = { rounds: '5', types: '', subjects: '', timeout: '3600' };
const words = process.argv.slice(2);
while (words.length > 0) {
  const name = words.shift().replace(/^--/, '');
  if (!(name in options)) {
    process.stderr.write(`bench vpn: unknown option --${name}; there are --${Object.keys(options).join(', --')}\n`);
    process.exit(1);
  }
  options[name] = words.shift();
}
prepare('vpn');
const argv = [
  ...[path.join(here, '../../e2e/radio/run.mjs'), '--counted-time', '--timeout', options.timeout],
  ...['-e', `BENCH_ROUNDS=${options.rounds}`, '-e', `BENCH_TYPES=${options.types}`],
  ...['-e', `BENCH_SUBJECTS=${options.subjects}`, path.join(here, 'vpn/main.ts')],
];
spawn(process.execPath, argv, { stdio: 'inherit' }).once('close', (status) => process.exit(status ?? 1));
