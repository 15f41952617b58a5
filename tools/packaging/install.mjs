// Lays out what a package contains, from the table of parts (features.json). What is installed needs Node.js 20.19 or later
// and nothing else. It only copies: it builds nothing, fetches nothing, and says what to run where something is missing.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { partNamed, parts, select } from '../parts.mjs';

const usage = `Usage: tools/install [OPTION...]

  --destdir DIR         lay everything out below DIR, for a package
  --prefix DIR          /usr unless given
  --only PART,...       these parts and what they need
  --without PART,...    all but these parts and what needs them
  --compiled-code       also the compiled code that tools/rehearse left, for a quicker start (docs/adr/0009-compiled-code.md)
  --list                the parts, installed or not, and what they are for
  --files               print what would be installed, a path a line with the part it belongs to, and install nothing
  --help                this text
`;

// See docs/adr/0001-runtime-floor.md for what the flags are worth.
const daemonFlags = JSON.parse(readFileSync(new URL('../node-flags.json', import.meta.url), 'utf8')).join(' ');
// WebAssembly needs a compiler; V8 would say that it switches it off.
const interpreterFlags = '--jitless --no-expose-wasm';

class Refusal extends Error {}

const root = path.resolve(import.meta.dirname, '../..');

function main() {
  const { help, list, files, destdir = '', prefix = '/usr', only, without, ...rest } = readOptions();
  if (help) return process.stdout.write(usage);
  if (list) return process.stdout.write(listing());
  if (!path.isAbsolute(prefix)) throw new Refusal(`--prefix takes an absolute path, not ${prefix}`);
  const selected = choose(only, without);
  const plan = selected.flatMap((part) =>
    filesOf(part, path.normalize(`${prefix}/`).slice(0, -1), rest['compiled-code']),
  );
  if (files) return process.stdout.write(plan.map(({ to, part }) => `${to} ${part}\n`).join(''));
  const missing = plan.filter(({ from }) => from !== undefined && !existsSync(from)).map(({ from }) => from);
  if (missing.length > 0) {
    const names = missing.map((file) => path.relative(root, file)).join(', ');
    const command = missing.every((file) => file.endsWith('.code'))
      ? 'tools/rehearse'
      : 'npm ci && npx nx run-many -t build';
    throw new Refusal(`not built: ${names}; run "${command}" first`);
  }
  const to = destdir === '' ? '' : path.resolve(destdir);
  for (const file of plan) place(file, `${to}${file.to}`);
}

function readOptions() {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  const options = { destdir: text, prefix: text, only: text, without: text, list: flag, files: flag, help: flag };
  try {
    return parseArgs({ options: { ...options, 'compiled-code': flag } }).values;
  } catch (error) {
    throw new Refusal(`${error.message}\n${usage}`);
  }
}

function choose(only, without) {
  const names = (text) => text?.split(',').filter((name) => name !== '');
  if (only !== undefined && names(only).length === 0) throw new Refusal('--only takes the names of parts; see --list');
  try {
    return select({ only: names(only), without: names(without) });
  } catch (error) {
    throw new Refusal(error.message);
  }
}

function listing() {
  const state = (part) => (part.built ? (part.default ? 'yes' : 'no') : 'not in this build');
  const rows = parts.map((part) => [part.name, state(part), part.needs.join(','), part.about]);
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}\n`).join('');
}

/** What to install of a part: `{ part, from, to, mode, link, edit, keep }`. */
function filesOf(part, prefix, withCode) {
  const folders = {
    lib: `${prefix}/lib/connman`,
    units: `${prefix}/lib/systemd/system`,
    tmpfiles: `${prefix}/lib/tmpfiles.d`,
    sysusers: `${prefix}/lib/sysusers.d`,
    man: `${prefix}/share/man`,
    doc: `${prefix}/share/doc/connman`,
    share: `${prefix}/share`,
    activation: `${prefix}/share/dbus-1/system-services`,
    policy: prefix === '/usr' ? '/usr/share/dbus-1/system.d' : '/etc/dbus-1/system.d',
    etc: '/etc',
  };
  const files = part.files.map(({ from, to, mode = '644', keep }) => ({
    part: part.name,
    from: path.join(root, from),
    to: to.replace(/^\{(\w+)\}/, (_, name) => folders[name]),
    mode: Number.parseInt(mode, 8),
    keep,
    edit: from.startsWith('tools/packaging/')
      ? (text) => text.replaceAll('@sbindir@', `${prefix}/sbin`).replaceAll('@libdir@', folders.lib)
      : undefined,
  }));
  if (part.program) files.unshift(...programFiles(part, prefix, folders.lib, withCode));
  if (part.host && part.package) files.unshift(hostedFile(part, folders.lib));
  return files;
}

function programFiles(part, prefix, lib, withCode) {
  const name = path.basename(part.program);
  const dist = path.join(root, 'packages', part.package, 'dist');
  const file = (suffix, more) => ({
    part: part.name,
    from: `${dist}/${name}${suffix}`,
    to: `${lib}/${name}${suffix}`,
    mode: 0o644,
    ...more,
  });
  const flags = `${part.program.startsWith('sbin/') ? `${daemonFlags} ` : ''}${part.interpreted ? `${interpreterFlags} ` : ''}`;
  return [
    file('.js', { mode: 0o755, edit: (text) => text.replace(/^.*\n/, startLine(flags)) }),
    file('.main.js'),
    ...(withCode && part.codeKept ? [file('.code')] : []),
    { part: part.name, to: `${prefix}/${part.program}`, link: `../lib/connman/${name}.js` },
  ];
}

/** What a program loads on demand. */
function hostedFile({ name, host }, lib) {
  const file = `${host}.${name}.js`;
  const from = path.join(root, 'packages', partNamed(host).package, 'dist', file);
  return { part: name, from, to: `${lib}/${file}`, mode: 0o644 };
}

/**
 * A first line for the shell, which is a comment for Node.js: `env -S` is unknown to BusyBox, and the kernel hands over one
 * argument at most.
 */
const startLine = (flags) => `#!/bin/sh\n':' //; exec node ${flags}"$0" "$@"\n`;

function place({ from, link, mode, edit, keep }, to) {
  makeFolder(path.dirname(to));
  if (link !== undefined) {
    rmSync(to, { force: true });
    symlinkSync(link, to);
    return;
  }
  if (keep && existsSync(to)) return;
  // Beside and renamed would leave a half-made package; a file in use is unlinked first, and its user keeps the old one.
  rmSync(to, { force: true });
  if (edit) writeFileSync(to, edit(readFileSync(from, 'utf8')));
  else copyFileSync(from, to);
  chmodSync(to, mode);
}

/** As `install -d`: whatever the umask is, others may enter. */
function makeFolder(folder) {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder);
  chmodSync(folder, 0o755);
}

try {
  main();
} catch (error) {
  if (!(error instanceof Refusal) && error.code === undefined) throw error;
  process.stderr.write(`install: ${error.message}\n`);
  process.exit(error instanceof Refusal ? 2 : 1);
}
