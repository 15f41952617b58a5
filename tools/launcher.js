#!/usr/bin/env node

// Runs @NAME@.main.js; with the compiled code that was kept of it (docs/adr/0009-compiled-code.md) if there is any.
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

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
const program = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
program.runInThisContext()(exports, require, module, filename, __dirname);
