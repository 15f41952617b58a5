#!/usr/bin/env node

// Runs @NAME@.main.js; with the compiled code that was kept of it (docs/adr/0009-compiled-code.md) if there is any.
const { existsSync, readFileSync } = require('node:fs');
const { Script } = require('node:vm');

function fail(reason) {
  process.stderr.write(`@NAME@: ${reason}\n`);
  process.exit(1);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`Node.js ${process.version} is too old; install 20.19 or later`);

const base = `${__dirname}/@NAME@`;
const filename = `${base}.main.js`;
let cachedData;
try {
  const kept = readFileSync(`${base}.code`);
  // V8 itself checks version and flags, but of the source its length alone.
  if (kept.latin1Slice(0, 16) === '@DIGEST@') cachedData = kept.subarray(32);
} catch {
  // None was kept: it is compiled as it is needed.
}
/** The text stays in the file, where it costs no memory of the process, if the native addon can have it so. */
function mapped() {
  const places = ['linux.node', '../lib/connman/linux.node', '../../linux/dist/linux.node'];
  const addon = places.map((place) => `${__dirname}/${place}`).find((place) => existsSync(place));
  try {
    return require(addon).mapText(filename);
  } catch {
    // What is wrong with the addon, the program says when it needs it.
  }
}

let source;
try {
  source = mapped() ?? readFileSync(filename, 'latin1');
} catch (error) {
  fail(`${error.message}; install it again, so that every user may read it`);
}
const program = new Script(source, { filename, cachedData });
program.runInThisContext()(exports, require, module, filename, __dirname);
