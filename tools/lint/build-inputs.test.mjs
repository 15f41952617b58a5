// What decides the output of a build is in the hash of its cache: another compiler or other flags never get the old code.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: '0' };
const graph = execFileSync('npx', ['nx', 'run-many', '-t', 'build', '--graph=stdout'], {
  cwd: root,
  env,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
});
/** By task: what Nx hashes. */
const plans = JSON.parse(graph.slice(graph.indexOf('{'))).taskPlans;

/** The packages whose build calls a C compiler. */
const compiled = readdirSync(`${root}/packages`).filter((name) =>
  readdirSync(`${root}/packages/${name}`, { recursive: true })
    .filter((file) => /^([a-z]+\/)?build\.mjs$/.test(file))
    .some((file) => readFileSync(`${root}/packages/${name}/${file}`, 'utf8').includes('process.env.CC')),
);

test('the builds with a C compiler are found', () => {
  assert.deepEqual(compiled, ['linux', 'vpnd']);
});

for (const name of ['CC', 'CPPFLAGS', 'CFLAGS', 'LDFLAGS', 'npm_config_nodedir']) {
  test(`another ${name} is another build of all that holds compiled code`, () => {
    for (const project of compiled) assert.ok(plans[`${project}:build`].includes(`env:${name}`), project);
  });
}

test('another compiler under the same name is another build of the native addon', () => {
  assert.ok(plans['linux:build'].some((input) => /^runtime:\$\{CC:-cc\}/.test(input)));
});
