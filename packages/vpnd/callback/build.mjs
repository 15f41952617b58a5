// Builds dist/connman-vpn-callback with a C compiler. CC, CPPFLAGS, CFLAGS and LDFLAGS are honoured.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(folder, '../dist');
const split = (text) => (text ?? '').split(/\s+/).filter(Boolean);
const [compiler = 'cc', ...compilerFlags] = split(process.env.CC);
const { CPPFLAGS, CFLAGS, LDFLAGS } = process.env;
const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', ...split(CPPFLAGS), ...split(CFLAGS)];

mkdirSync(dist, { recursive: true });
const { error, status } = spawnSync(
  compiler,
  [
    ...[...compilerFlags, ...flags, path.join(folder, 'connman-vpn-callback.c')],
    ...[...split(LDFLAGS), '-o', path.join(dist, 'connman-vpn-callback')],
  ],
  { stdio: 'inherit' },
);
if (error || status !== 0) {
  const reason = error
    ? `${compiler} could not be run: ${error.message}`
    : `${compiler} failed; its messages are above`;
  process.stderr.write(`packages/vpnd: ${reason}. A C compiler is needed (Debian: apt-get install gcc libc6-dev).\n`);
  process.exit(1);
}
