// Enforces the import rules of docs/ARCHITECTURE.md.
//
// The rules are the table itself, in tools/lint/layers.json: package -> packages it may import. An import of another
// package must be allowed there and declared in the importer's package.json; no import reaches into another package's files.
//
// A package with "floors" is layered inside, too, from the lowest floor to the highest: a file imports its own floor and the
// ones below. "imports" are the packages a floor may use ("also": further ones for files that match); a floor with that row
// uses neither Node.js modules nor third-party ones. A "deterministic" floor asks no clock and draws no random number.
//
// "kinds" are a package's files that may know one kind of technology from another (type-literals.mjs).
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { typeLiterals } from './type-literals.mjs';

const layers = JSON.parse(readFileSync('tools/lint/layers.json', 'utf8'));
const sources = ['packages/*.ts', 'e2e/*.ts', 'tools/*.ts', 'tools/*.mjs'];
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', ...sources], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file));
const importPattern = /(?:from|import|import\(|require\()\s*'([^']+)'/g;
const clockOrChance =
  /\b(Date\.now|new Date\(\)|Math\.random|set(?:Timeout|Interval|Immediate)|performance\.|process\.)/;
const problems = [];
const manifests = new Map();

function manifestOf(folder) {
  if (!manifests.has(folder)) manifests.set(folder, JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')));
  return manifests.get(folder);
}

/** Index of the floor a file of a package is on. */
function floorOf(floors, inside) {
  return floors.findIndex(({ files: pattern }) => new RegExp(pattern).test(inside));
}

/** Checks a file of a package with floors, `inside` being its path below src/. */
function checkFloor(file, floors, inside, source) {
  const at = floorOf(floors, inside);
  const floor = floors[at];
  if (!floor) {
    problems.push(`${file}: belongs to no floor of its package (tools/lint/layers.json)`);
    return;
  }
  const chance = floor.deterministic && clockOrChance.exec(source);
  if (chance) problems.push(`${file}: '${chance[1]}': time and chance come into ${floor.name} as events`);
  const also = Object.entries(floor.also ?? {}).flatMap(([pattern, names]) =>
    new RegExp(pattern).test(inside) ? names : [],
  );
  for (const [, specifier] of source.matchAll(importPattern)) {
    if (specifier.startsWith('.')) {
      const target = path.posix.join(path.posix.dirname(inside), `${specifier}.ts`);
      const below = floorOf(floors, target);
      if (below > at)
        problems.push(`${file}: ${floor.name} may not import '${specifier}' of the floor above, ${floors[below].name}`);
    } else if (floor.imports) {
      const name = /^@connman\/([^/]+)/.exec(specifier)?.[1];
      if (!name || ![...floor.imports, ...also].includes(name))
        problems.push(`${file}: ${floor.name} may not import '${specifier}' (tools/lint/layers.json)`);
    }
  }
}

/** Tools use a package as others do, or its programs as they are built; what is under test is named by its path. */
function checkTool(file, source) {
  for (const [, specifier] of source.matchAll(importPattern)) {
    if (/\/packages\/[^/]+\/src\//.test(specifier))
      problems.push(`${file}: '${specifier}' reaches into a package; import '@connman/...' instead`);
  }
}

for (const file of files) {
  if (file.startsWith('tools/')) {
    checkTool(file, readFileSync(file, 'utf8'));
    continue;
  }
  const folder = file.startsWith('e2e/') ? 'e2e' : file.split('/').slice(0, 2).join('/');
  const name = folder === 'e2e' ? 'e2e' : folder.split('/')[1];
  const rule = layers[name];
  if (!rule) {
    problems.push(`${file}: package ${name} has no row in tools/lint/layers.json`);
    continue;
  }
  const isTest = /\.test\.ts$|\/test\//.test(file);
  const source = readFileSync(file, 'utf8');
  const inside = file.slice(`${folder}/src/`.length);
  if (rule.floors && !isTest) checkFloor(file, rule.floors, inside, source);
  if (rule.kinds && !isTest && !new RegExp(rule.kinds).test(inside))
    for (const found of typeLiterals(source))
      problems.push(`${file}:${found}: make it a column of model/technology/kinds.ts, and ask that`);
  for (const [, specifier] of source.matchAll(importPattern)) {
    if (specifier.startsWith('.')) {
      const depth = file.slice(folder.length + 1).split('/').length - 1;
      const ups = specifier.split('/').filter((part) => part === '..').length;
      if (ups > depth)
        problems.push(`${file}: '${specifier}' reaches out of the package; import '@connman/...' instead`);
      continue;
    }
    const [, target, rest] = /^@connman\/([^/]+)(\/.*)?$/.exec(specifier) ?? [];
    if (!target) continue;
    if (rest && !manifestOf(`packages/${target}`).exports[`.${rest}`])
      problems.push(`${file}: '${specifier}' reaches into @connman/${target}; export it from its index.ts`);
    const onlyMain = rule.onlyInMain ?? [];
    const allowed = [...rule.imports, ...(isTest ? (rule.inTests ?? []) : [])];
    if (onlyMain.includes(target)) {
      if (!/\/src\/(main|.*-main)\.ts$/.test(file) && !isTest)
        problems.push(`${file}: @connman/${target} may be imported by the program's main.ts alone`);
    } else if (!allowed.includes(target)) {
      problems.push(`${file}: ${name} may not import ${target} (docs/ARCHITECTURE.md)`);
    }
    const manifest = manifestOf(folder);
    const declared = { ...manifest.dependencies, ...manifest.devDependencies };
    if (!declared[`@connman/${target}`])
      problems.push(`${file}: @connman/${target} is not declared in ${folder}/package.json`);
  }
}

for (const problem of problems) console.error(problem);
console.log(`layers: ${files.length} files, ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
