// Writes docs/bundles: which source modules are in which bundle, a file each: `node tools/docs/bundles.mjs`; with --check it
// only compares. A change of these lists shows in review what a program came to load.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { bundle } from '../bundle/bundle.mjs';
import { programsOf } from '../bundle/programs.mjs';

process.chdir(new URL('../..', import.meta.url).pathname);
const folder = 'docs/bundles';
const wanted = new Map();
for (const name of readdirSync('packages')) {
  for (const program of programsOf(`packages/${name}`)) {
    const { modules } = await bundle(program);
    for (const [part, files] of Object.entries(modules))
      wanted.set(`${part === '' ? program.name : `${program.name}.${part}`}.txt`, `${files.join('\n')}\n`);
  }
}

mkdirSync(folder, { recursive: true });
const present = new Map(readdirSync(folder).map((file) => [file, readFileSync(`${folder}/${file}`, 'utf8')]));
const stale = [...new Set([...wanted.keys(), ...present.keys()])].filter(
  (file) => wanted.get(file) !== present.get(file),
);
if (process.argv.includes('--check')) {
  for (const file of stale) console.error(`${folder}/${file} is out of date: node tools/docs/bundles.mjs`);
  process.exit(stale.length === 0 ? 0 : 1);
}
for (const file of stale) {
  if (wanted.has(file)) writeFileSync(`${folder}/${file}`, wanted.get(file));
  else rmSync(`${folder}/${file}`);
}
