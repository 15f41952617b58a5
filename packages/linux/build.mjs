// Builds the native addon, dist/linux.node, with a C compiler and Node's headers and nothing else.
//
// The binary uses Node-API version 8 alone, so one build serves every Node.js from 20 on. CC, CPPFLAGS,
// CFLAGS and LDFLAGS are honoured. The headers are looked for in npm_config_nodedir, beside the running node and in /usr.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(fileURLToPath(import.meta.url));
const split = (text) => (text ?? '').split(/\s+/).filter(Boolean);

function headerFolder() {
  const roots = [process.env.npm_config_nodedir, path.resolve(process.execPath, '../..'), '/usr', '/usr/local'];
  const folders = roots.filter(Boolean).map((folder) => path.join(folder, 'include', 'node'));
  return [...folders, '/usr/include/nodejs/src'].find((folder) => existsSync(path.join(folder, 'node_api.h')));
}

function fail(message) {
  process.stderr.write(`packages/linux: ${message}\n`);
  process.exit(1);
}

const headers = headerFolder();
if (!headers) {
  fail(
    'the headers of Node.js (node_api.h) were not found. Install them (Debian: apt-get install libnode-dev) or set ' +
      'npm_config_nodedir to the folder Node.js was unpacked to.',
  );
}

const sources = readdirSync(path.join(root, 'native'))
  .filter((name) => name.endsWith('.c'))
  .sort()
  .map((name) => path.join(root, 'native', name));
const output = path.join(root, 'dist', 'linux.node');
// Built beside and renamed over: a program that has the old one loaded keeps it whole.
const fresh = `${output}.${process.pid}`;
const [compiler = 'cc', ...compilerFlags] = split(process.env.CC);
const { CPPFLAGS, CFLAGS, LDFLAGS } = process.env;
const flags = ['-shared', '-fPIC', '-std=c11', '-O2', '-pthread', '-Wall', '-Wextra', '-fvisibility=hidden'];

mkdirSync(path.dirname(output), { recursive: true });
const { error, status } = spawnSync(
  compiler,
  [
    ...[...compilerFlags, ...flags, ...split(CPPFLAGS), ...split(CFLAGS), `-I${headers}`, ...sources],
    ...[...split(LDFLAGS), '-o', fresh, '-lm'],
  ],
  { stdio: 'inherit' },
);
if (error)
  fail(`${compiler} could not be run: ${error.message}. Install a C compiler (Debian: apt-get install gcc libc6-dev).`);
if (status !== 0) fail(`${compiler} failed; its messages are above.`);
renameSync(fresh, output);
