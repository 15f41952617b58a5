// What the generators of pages share: a module of the sources, bundled and loaded, and a page written or compared.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = new URL('../../../', import.meta.url);

/** The exports of a TypeScript file, given by its path in the repository. */
export async function loadSource(file) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(file, root))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    external: ['*.node'],
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

/** Writes a page; with --check only compares it, and fails naming the generator. */
export function page(file, text) {
  const target = new URL(file, root);
  if (!process.argv.includes('--check')) {
    writeFileSync(target, text);
  } else if (readFileSync(target, 'utf8') !== text) {
    console.error(`${file} is out of date: node ${path.relative(fileURLToPath(root), process.argv[1])}`);
    process.exitCode = 1;
  }
}
