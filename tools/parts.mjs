// The parts of the project: reads features.json, the one table that the build, the installation and the tests share.
//
// A row has a name, a kind, what it needs, and where it applies:
//   program, package  the program a row is, as sbin/NAME or bin/NAME, and the package it is built from
//   interpreted       the program runs without compiling to machine code, so its unit may forbid memory that is written and run
//   host, package     the program that loads the part on demand, and the package it is built from (entry: a file of it)
//   files             what is installed of it, from the checkout to a folder in braces (tools/install)
//   options, keys     options of connmand and keys of main.conf that have no effect without it
//   default, built    installed unless left out; false for what is planned and not part of this source yet
//   useFlag           Gentoo's USE flag of net-misc/connman
import { readFileSync } from 'node:fs';

/** All rows, with defaults filled in. */
export const parts = JSON.parse(readFileSync(new URL('../features.json', import.meta.url), 'utf8')).parts.map(
  (row) => ({ files: [], options: [], keys: [], built: true, entry: 'src/index.ts', ...row }),
);

export function partNamed(name) {
  return parts.find((part) => part.name === name);
}

/** The parts that PROGRAM loads on demand, each a file beside it. */
export function hostedBy(program) {
  return parts.filter((part) => part.host === program && part.package !== undefined && part.built);
}

/** What a program knows of the parts of its build: the BuildParts of packages/core/src/shell/build-parts.ts. */
export function buildParts(program) {
  const hosted = parts.filter((part) => part.host === program);
  const unbuilt = parts.filter((part) => !part.built);
  const pairs = (list) => Object.fromEntries(unbuilt.flatMap((part) => part[list].map((name) => [name, part.name])));
  return {
    hosted: hosted.filter((part) => part.built).map((part) => part.name),
    unbuilt: hosted.filter((part) => !part.built).map((part) => part.name),
    keys: pairs('keys'),
    options: pairs('options'),
  };
}

/**
 * Names of the parts to install. `only` replaces the default selection, `without` takes parts away; what a part needs comes
 * along, and what needs a part that is left out goes with it.
 * @throws Error naming a part that is unknown, not built, or left out and asked for at once.
 */
export function select({ only, without = [] }) {
  for (const name of [...(only ?? []), ...without]) {
    const part = partNamed(name);
    if (!part) throw new Error(`there is no part ${name}; "tools/install --list" names them`);
    if (!part.built && !without.includes(name)) throw new Error(`${name} (${part.about}) is not in this build`);
  }
  const selected = new Set();
  const add = (name) => {
    if (selected.has(name)) return;
    selected.add(name);
    partNamed(name).needs.forEach(add);
  };
  for (const part of parts) if (part.built && (only ? only.includes(part.name) : part.default)) add(part.name);
  const remove = (name) => {
    if (!selected.delete(name)) return;
    for (const part of parts) if (part.needs.includes(name)) remove(part.name);
  };
  without.forEach(remove);
  for (const name of only ?? [])
    if (!selected.has(name))
      throw new Error(`${name} needs ${partNamed(name).needs.join(', ')}, left out by --without`);
  return parts.filter((part) => selected.has(part.name));
}
