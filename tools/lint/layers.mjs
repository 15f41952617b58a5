// Enforces the import rules of docs/ARCHITECTURE.md.
//
// The rules are the table itself, in tools/lint/layers.json: package -> packages it may import. An import of another
// package must be allowed there and declared in the importer's package.json; nobody reaches into another package's files.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const layers = JSON.parse(readFileSync('tools/lint/layers.json', 'utf8'));
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', 'packages/*.ts', 'e2e/*.ts'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file.endsWith('.ts') && existsSync(file));
const importPattern = /(?:from|import|require\()\s*'([^']+)'/g;
const problems = [];
const manifests = new Map();

function manifestOf(folder) {
  if (!manifests.has(folder)) manifests.set(folder, JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')));
  return manifests.get(folder);
}

for (const file of files) {
  const folder = file.startsWith('e2e/') ? 'e2e' : file.split('/').slice(0, 2).join('/');
  const name = folder === 'e2e' ? 'e2e' : folder.split('/')[1];
  const rule = layers[name];
  if (!rule) {
    problems.push(`${file}: package ${name} has no row in tools/lint/layers.json`);
    continue;
  }
  const isTest = /\.test\.ts$|\/test\//.test(file);
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(importPattern)) {
    if (specifier.startsWith('.')) {
      const depth = file.slice(folder.length + 1).split('/').length - 1;
      const ups = specifier.split('/').filter((part) => part === '..').length;
      if (ups > depth)
        problems.push(`${file}: '${specifier}' reaches out of the package; import '@connman/...' instead`);
      continue;
    }
    const [, target, rest] = /^@connman\/([^/]+)(\/.*)?$/.exec(specifier) ?? [];
    if (!target) continue;
    if (rest) problems.push(`${file}: '${specifier}' reaches into @connman/${target}; export it from its index.ts`);
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
