// Runs one benchmark: `node tools/bench NAME [options]`; without a name it lists them. See docs/BENCHMARKS.md.
const { readdirSync } = require('node:fs');
const path = require('node:path');

const [name, ...options] = process.argv.slice(2);
const names = readdirSync(__dirname)
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => path.basename(file, '.mjs'));

if (!names.includes(name)) {
  process.stderr.write(`usage: node tools/bench NAME [options]\nNAME is one of: ${names.join(', ')}\n`);
  process.exit(1);
}
process.argv = [process.argv[0], path.join(__dirname, `${name}.mjs`), ...options];
import(`./${name}.mjs`);
