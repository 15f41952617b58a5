// The test files that make namespaces, for a user who may not: they are left out, and a line says so.
const { readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');

const makers = /\b(enterVethNamespace|enterNewNamespace|inNewNamespace)\b/;

/** Patterns of paths; none for root, who may be root of a user namespace alone (tools/jest/run). */
function filesInNamespaces() {
  const at = process.argv.indexOf('--rootDir');
  if (process.getuid() === 0 || at < 0) return [];
  const folder = path.resolve(process.argv[at + 1] ?? '.');
  const files = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.ts') && !/(^|\/)(node_modules|dist)\//.test(name))
    .filter((name) => makers.test(readFileSync(path.join(folder, name), 'utf8')));
  if (files.length > 0)
    process.stderr.write(
      `Left out, because they need root or a user namespace (tools/jest/run ${process.argv[at + 1]}):\n  ${files.join('\n  ')}\n`,
    );
  return files.map((name) => `/${name.replaceAll('.', '\\.')}$`);
}

module.exports = { filesInNamespaces };
