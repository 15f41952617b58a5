// Bundles the programs of one package: `node tools/build.mjs packages/core`.
//
// A package that is a program names its entry points in package.json: `"programs": { "connmand": "src/main.ts" }`.
// Each becomes dist/NAME.js, a page that loads dist/NAME.main.js, which is everything in one function: the two need nothing
// but Node.js (and, for programs that touch the kernel, the native addon, which is found beside them or in packages/linux).
// The parts that features.json gives to a program become dist/NAME.PART.js, which the program loads when it needs them.
// e2e/rehearsal adds dist/NAME.code, which makes them start sooner and may be missing. What "external" lists in
// package.json stays in node_modules: for tools that run from the checkout only.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundle } from './bundle/bundle.mjs';
import { programsOf } from './bundle/programs.mjs';

const folder = path.resolve(process.argv[2] ?? '.');
process.chdir(new URL('..', import.meta.url).pathname);
// V8 takes kept code only under the flags it was made with.
const flags = readFileSync('tools/node-flags.json', 'utf8');
const launcher = readFileSync('tools/launcher.js', 'utf8');
const dist = path.join(folder, 'dist');

mkdirSync(dist, { recursive: true });
for (const { name, ...program } of programsOf(folder)) {
  const { main, parts } = await bundle(program);
  const digest = createHash('sha256').update(main).update(flags).digest('hex').slice(0, 16);
  write(`${name}.main.js`, main);
  write(`${name}.js`, launcher.replaceAll('@NAME@', name).replaceAll('@DIGEST@', digest));
  for (const [part, text] of Object.entries(parts)) write(`${name}.${part}.js`, text);
}

/** Renamed over the old one: a program that runs has its text mapped. */
function write(name, text) {
  const file = path.join(dist, name);
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
