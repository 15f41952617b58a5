// The commands that pages show for running tests do run some: each `jest --rootDir FOLDER PATTERN -t NAME` in a Markdown file
// must match a test file, and the name a test in it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
let problems = 0;
let checked = 0;

for (const page of pages) {
  for (const [, rest] of readFileSync(path.join(root, page), 'utf8').matchAll(
    /jest --config \S+ (--rootDir [^\n`#]+)/g,
  )) {
    const words = [...rest.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((word) => word[1] ?? word[2] ?? word[3]);
    const folder = words[1];
    // A pattern in capitals stands for one.
    if (/[A-Z]{4}/.test(folder)) continue;
    const name = words.includes('-t') ? words[words.indexOf('-t') + 1] : '';
    const pattern =
      words.slice(2).find((word) => !word.startsWith('-') && !/^[A-Z]+$/.test(word) && word !== name) ?? '';
    checked++;
    if (matches(folder, pattern, name)) continue;
    problems++;
    console.error(`${page}: no test matches: ${rest.trim()}`);
  }
}
console.log(`commands: ${checked} in ${pages.length} pages, ${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;

function matches(folder, pattern, name) {
  const files = readdirSync(path.join(root, folder), { recursive: true })
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .map((file) => path.join(folder, file))
    .filter((file) => new RegExp(pattern).test(file));
  return files.some((file) => readFileSync(path.join(root, file), 'utf8').includes(name));
}
