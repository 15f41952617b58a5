// Bundles the programs of one package: `node tools/build.mjs packages/core`.
//
// A package that is a program names its entry points in package.json: `"programs": { "connmand": "src/main.ts" }`.
// Each becomes dist/NAME.js, a page that loads dist/NAME.main.js, which is everything in one function: the two need nothing
// but Node.js (and, for programs that touch the kernel, the native addon, which is found beside them or in packages/linux).
// e2e/rehearsal adds dist/NAME.code, which makes them start sooner and may be missing. What "external" lists in
// package.json stays in node_modules: for tools that run from the checkout only.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(process.argv[2] ?? '.');
const { programs, external = [] } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const launcher = readFileSync(new URL('launcher.js', import.meta.url), 'utf8');

mkdirSync(path.join(root, 'dist'), { recursive: true });
for (const [name, entry] of Object.entries(programs)) {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, entry)],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // The source stays in memory for as long as the program runs; names are kept for the sake of stack traces.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    define: { BUILD_VERSION: JSON.stringify(version) },
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
    footer: { js: '})' },
    external: ['*.node', ...external],
    logLevel: 'warning',
  });
  const [{ contents }] = outputFiles;
  const digest = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  const page = launcher.replaceAll('@NAME@', name).replaceAll('@DIGEST@', digest);
  writeFileSync(path.join(root, 'dist', `${name}.main.js`), contents);
  writeFileSync(path.join(root, 'dist', `${name}.js`), page);
}
