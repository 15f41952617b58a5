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

/** The native addon, which has files mapped: they cost no memory of the process, and no time to be copied. The program has it, too. */
function loadAddon() {
  const places = ['linux.node', '../lib/connman/linux.node', '../../linux/dist/linux.node'];
  const addon = { exports: {} };
  try {
    process.dlopen(
      addon,
      places.map((place) => `${__dirname}/${place}`).find((place) => existsSync(place)),
    );
  } catch {
    // What is wrong with the addon, the program says when it needs it.
  }
  return addon.exports;
}

const addon = loadAddon();
const { mapText, mapBytes } = addon;
if (mapText) globalThis[Symbol.for('connman.linux')] = addon;

/** What was compiled of this very source, and undefined where none was kept: then it is compiled as it is needed. */
function keptCode() {
  try {
    const kept = Buffer.from(mapBytes?.(`${base}.code`) ?? readFileSync(`${base}.code`));
    // V8 itself checks version and flags, but of the source its length alone.
    return kept.latin1Slice(0, 16) === '@DIGEST@' ? kept.subarray(32) : undefined;
  } catch {
    return undefined;
  }
}

let source;
try {
  source = mapText?.(filename) ?? readFileSync(filename, 'latin1');
} catch (error) {
  fail(`${error.message}; install it again, so that every user may read it`);
}
const program = new Script(source, { filename, cachedData: keptCode() });
program.runInThisContext()(exports, require, module, filename, __dirname);
