// What floods cost connmand: processor time, silence on the bus, descriptors and memory, while they last and afterwards.
//
//   node tools/bench floods [--parts reader,routers,links] [--links 1000] [--json FILE]
//
// Bundles tools/bench/floods and runs it before other users of the machine, as tools/bench/wired.mjs does.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { bundle, prepare } from './lib/programs.mjs';

prepare('floods');
const folder = await bundle('floods', ['main']);
const main = ['nice', '-n', '-20', process.execPath, path.join(folder, 'main.js'), ...process.argv.slice(2)];
const child = spawn(main[0], main.slice(1), { stdio: 'inherit', detached: true });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (status) => process.exit(status ?? 1));
