// Runs a program like its launcher does (tools/launcher.js), and at its end keeps what V8 has compiled of it by then.
//
//   node [FLAGS] keep-code.cjs DIST/NAME ARGUMENTS...     reads DIST/NAME.main.js, writes DIST/NAME.code
//
// The code serves a Node.js of the same version with the same FLAGS.
const { chmodSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { Script } = require('node:vm');

const [base] = process.argv.splice(2, 1);
const filename = `${base}.main.js`;
const source = readFileSync(filename, 'latin1');
const program = new Script(source, { filename });
process.argv[1] = `${base}.js`;
process.once('exit', () => {
  // 32 bytes: of which build this is, as the launcher names it, and by which Node.js.
  const [, digest] = /=== '([0-9a-f]{16})'/.exec(readFileSync(`${base}.js`, 'latin1'));
  const head = digest + process.version.padEnd(16);
  writeFileSync(`${base}.code.new`, Buffer.concat([Buffer.from(head), program.createCachedData()]));
  chmodSync(`${base}.code.new`, 0o644);
  renameSync(`${base}.code.new`, `${base}.code`);
});
program.runInThisContext()(exports, require, module, filename, path.dirname(base));
