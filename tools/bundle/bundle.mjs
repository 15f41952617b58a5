// Bundles a program and the parts it loads on demand.
//
// A part is a package of its own and a file of its own beside its host. What both use, the host has once: each module that is
// in the host's bundle is linked, not copied, so that a class or a table is the same object on both sides, and a host grows
// by no more than the names its parts ask for. Modules that the host does not have go into the part.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { build, transform } from 'esbuild';

const common = {
  write: false,
  bundle: true,
  metafile: true,
  platform: 'node',
  target: 'node20',
  // The source stays in memory for as long as the program runs; names are kept for the sake of stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
};

const starPattern = /^export \* from '([^']+)';$/gm;
const linkPattern = /^import \{([^}]*)\} from "host:([^"]+)";$/gm;

/**
 * @param program `{ entry, define, external, parts: { NAME: entry } }`; entries are absolute paths.
 * @returns `{ main, parts: { NAME: text }, modules: { '': [...], NAME: [...] } }`: texts of the bundles, and what is in each:
 * source modules relative to the working directory, packages of others, and the modules of Node.js it may load.
 */
export async function bundle({ entry, define, external, parts }) {
  let links = {};
  let host = await bundleHost({ entry, define, external, links });
  for (;;) {
    const shared = new Set(modulesOf(host).map((file) => path.resolve(file)));
    const bundled = {};
    for (const [name, partEntry] of Object.entries(parts))
      bundled[name] = await bundlePart({ entry: partEntry, define, external, shared });
    links = Object.fromEntries(Object.entries(bundled).map(([name, part]) => [name, part.links]));
    host = await bundleHost({ entry, define, external, links });
    // A name that only a part uses may bring further modules into the host; then they are shared as well.
    if (modulesOf(host).some((file) => !shared.has(path.resolve(file)))) continue;
    const modules = { '': contentOf(host) };
    for (const [name, part] of Object.entries(bundled)) modules[name] = part.content;
    const texts = await Promise.all(
      Object.entries(bundled).map(async ([name, part]) => [name, await wrap(part, define.BUILD_VERSION)]),
    );
    return { main: textOf(host), parts: Object.fromEntries(texts), modules };
  }
}

/** One program without parts. */
async function bundleHost({ entry, define, external, links }) {
  return build({
    ...common,
    entryPoints: [entry],
    format: 'cjs',
    define,
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
    footer: { js: '})' },
    external: ['*.node', ...external],
    plugins: [partTablePlugin(links, define.BUILD_VERSION)],
  });
}

/** In place of packages/linux/src/part-table.ts: the names that the parts import, and the stamps they must carry. */
function partTablePlugin(links, version) {
  const byFile = new Map();
  for (const link of Object.values(links).flat()) byFile.set(link.file, [...(byFile.get(link.file) ?? []), link]);
  const imports = [];
  const entries = [];
  for (const [file, linked] of [...byFile].sort()) {
    const names = [...new Set(linked.map(({ name }) => name))].sort();
    const local = (name) => `part${imports.length}_${name}`;
    entries.push(`${JSON.stringify(file)}: { ${names.map((name) => `${name}: ${local(name)}`).join(', ')} },`);
    imports.push(
      `import { ${names.map((name) => `${name} as ${local(name)}`).join(', ')} } from ${JSON.stringify(path.resolve(file))};`,
    );
  }
  const stamps = Object.fromEntries(Object.entries(links).map(([name, linked]) => [name, stampOf(linked, version)]));
  const contents = [
    ...imports,
    `export const stamps = ${JSON.stringify(stamps)};`,
    `export const modules = () => ({ ${entries.join(' ')} });`,
  ].join('\n');
  return {
    name: 'part-table',
    setup({ onLoad }) {
      onLoad({ filter: /\/linux\/src\/part-table\.ts$/ }, () => ({ contents, loader: 'js' }));
    },
  };
}

/** As an ES module whose imports of the host's modules are left open. */
async function bundlePart({ entry, define, external, shared }) {
  const result = await build({
    ...common,
    minifyWhitespace: false,
    entryPoints: [entry],
    format: 'esm',
    define,
    external: ['*.node', ...external],
    plugins: [
      {
        name: 'link-to-host',
        setup({ onLoad, onResolve, resolve }) {
          // A star would hide which of the host's names are meant: name them.
          onLoad({ filter: /\/src\/index\.ts$/ }, async ({ path: file }) => {
            const contents = readFileSync(file, 'utf8');
            const stars = [...contents.matchAll(starPattern)];
            const named = await Promise.all(
              stars.map(([, target]) => exportsOf(path.resolve(path.dirname(file), target))),
            );
            let next = 0;
            const text = contents.replace(
              starPattern,
              (_star, target) => `export { ${named[next++].join(', ')} } from '${target}';`,
            );
            return { contents: text, loader: 'ts' };
          });
          onResolve({ filter: /.*/ }, async (request) => {
            if (request.kind === 'entry-point' || request.pluginData === 'resolved') return undefined;
            const { path: file, errors } = await resolve(request.path, {
              kind: request.kind,
              resolveDir: request.resolveDir,
              pluginData: 'resolved',
            });
            if (errors.length > 0 || !shared.has(file)) return undefined;
            return { path: `host:${path.relative('', file)}`, external: true, sideEffects: false };
          });
        },
      },
    ],
  });
  const text = textOf(result);
  const links = [...text.matchAll(linkPattern)].flatMap(([, names, file]) =>
    names.split(',').map((item) => ({ file, name: item.trim().split(' as ')[0] })),
  );
  return { text, links, content: contentOf(result) };
}

/** The values that a module exports. */
async function exportsOf(module) {
  const { metafile } = await build({ ...common, entryPoints: [module], format: 'esm', packages: 'external' });
  return Object.values(metafile.outputs)[0].exports;
}

/** The text of a part: a function of the host's `require`, and of its modules. */
async function wrap({ text, links }, version) {
  const { code } = await transform(text, { format: 'cjs', platform: 'node', target: 'node20', minifyWhitespace: true });
  const from = 'const require=(id)=>id.startsWith("host:")?host[id.slice(5)]:own(id),module={exports:{}};';
  return `exports.stamp=${JSON.stringify(stampOf(links, version))};exports.start=(own,host)=>{${from}${code}return module.exports};\n`;
}

/** What a part asks of its host; the two fit together if it is the same on both sides. */
function stampOf(links, version) {
  const text = [version, ...links.map(({ file, name }) => `${file} ${name}`).sort()].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

const textOf = ({ outputFiles }) => outputFiles[0].text;

/** The source modules that left something in the bundle, sorted. */
function modulesOf({ metafile }) {
  const [{ inputs }] = Object.values(metafile.outputs);
  return Object.entries(inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => path.normalize(file))
    .sort();
}

function contentOf(result) {
  const files = modulesOf(result).map((file) => /^node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? file);
  const [{ imports }] = Object.values(result.metafile.outputs);
  const ofNode = imports
    .filter(({ external, path: name }) => external && isBuiltin(name))
    .map(({ path: name }) => name);
  return [...new Set([...ofNode, ...files])].sort();
}
