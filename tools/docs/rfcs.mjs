// Keeps docs/RFCS.md true: every file its tables name must exist, and the specifications that the sources cite without a row
// in them are listed at its end. `node tools/docs/rfcs.mjs`; with --check it only compares.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { page, root } from './lib/load-source.mjs';

const target = 'docs/RFCS.md';
const heading = '\n## Also cited\n';
const packages = fileURLToPath(new URL('packages', root));

const [ledger = ''] = readFileSync(new URL(target, root), 'utf8').split(heading);
checkFiles(ledger);
const listed = numbersIn(ledger.replaceAll(/`[^`]*`/g, ''), /\b(\d{3,5})\b/g);
const rows = [...citations()]
  .filter(([number]) => !listed.has(number))
  .sort(([a], [b]) => a - b)
  .map(([number, names]) => `| ${number} | ${names.map((name) => `\`${name}\``).join(', ')} |\n`);
page(
  target,
  `${ledger}${heading}
Not implemented as a whole: the sources follow a rule of these where they name it. Made by \`tools/docs/rfcs.mjs\`.

| RFC | named in |
|---|---|
${rows.join('')}`,
);

/** A row names files from a package's folder on, or their last part beside another one. */
function checkFiles(text) {
  const known = sources().flatMap(({ name }) => [name, path.basename(name), path.basename(path.dirname(name))]);
  for (const [, file] of text.matchAll(/`([\w./-]+\.(?:ts|c))`/g)) {
    if (known.includes(file) || known.some((name) => name.endsWith(`/${file}`))) continue;
    console.error(`${target} names ${file}, which is not there`);
    process.exitCode = 1;
  }
}

/** RFC numbers with the packages that name them. */
function citations() {
  const found = new Map();
  for (const { name, text } of sources()) {
    if (/\.test\.ts$|\/test\//.test(name)) continue;
    for (const number of numbersIn(text, /\bRFCs? ?(\d{3,5})/g))
      found.set(number, (found.get(number) ?? new Set()).add(name.split('/')[0]));
  }
  return [...found].map(([number, names]) => [number, [...names]]);
}

function sources() {
  return readdirSync(packages, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|c)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !/\/(node_modules|dist|build)\//.test(file))
    .sort()
    .map((file) => ({ name: path.relative(packages, file), text: readFileSync(file, 'utf8') }));
}

function numbersIn(text, pattern) {
  return new Set([...text.matchAll(pattern)].map(([, number]) => Number(number)));
}
