// Bundles the programs of one package: `node tools/build.mjs packages/core`.
//
// A package that is a program names its entry points in package.json: `"programs": { "connmand": "src/main.ts" }`.
// Each becomes one self-contained CommonJS file, dist/NAME.js, that needs nothing but Node.js (and, for programs that
// touch the kernel, the native addon, which is found beside it or in packages/linux). What "external" lists in package.json
// stays in node_modules: for tools that run from the checkout only.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(process.argv[2] ?? '.');
const { programs, external = [] } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

for (const [name, entry] of Object.entries(programs)) {
  await build({
    entryPoints: [path.join(root, entry)],
    outfile: path.join(root, 'dist', `${name}.js`),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minifySyntax: true,
    legalComments: 'none',
    define: { BUILD_VERSION: JSON.stringify(version) },
    banner: { js: '#!/usr/bin/env node' },
    external: ['*.node', ...external],
    logLevel: 'warning',
  });
}
