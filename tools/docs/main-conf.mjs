// Writes docs/main.conf.md from the settings tables: `node tools/docs/main-conf.mjs`; with --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildParts } from '../parts.mjs';

const root = new URL('../../', import.meta.url);
const target = new URL('docs/main.conf.md', root);
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('packages/settings/src/manual.ts', root))],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
});
const code = Buffer.from(outputFiles[0].contents).toString('base64');
const { mainConfManual } = await import(`data:text/javascript;base64,${code}`);
const text = mainConfManual(buildParts('connmand').keys);
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (readFileSync(target, 'utf8') !== text) {
  console.error('docs/main.conf.md is out of date: node tools/docs/main-conf.mjs');
  process.exit(1);
}
