// What pages name exists. Each `jest --rootDir FOLDER PATTERN -t NAME` in a Markdown file must match a test file, and the name a test
// in it; each file and folder in backquotes, and each link, must be there: from the page, from its package or from the root.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const list = (...words) =>
  execFileSync('git', ['ls-files', ...words], { cwd: root, encoding: 'utf8' })
    .trim()
    .split('\n');
const tracked = list();
const pages = list('*.md');
/** They tell what was, or (FEATURES.md) have a check of their own. */
const history = /^(CHANGELOG\.md|docs\/adr\/.*|docs\/FEATURES\.md)$/;
let problems = 0;
let checked = 0;

for (const page of pages) {
  const text = readFileSync(path.join(root, page), 'utf8');
  if (!history.test(page)) {
    for (const name of namesOfFiles(text)) {
      checked++;
      if (!exists(page, name)) complain(`${page}: there is no ${name}`);
    }
  }
  for (const [, rest] of text.matchAll(/jest --config \S+ (--rootDir [^\n`#]+)/g)) {
    const words = [...rest.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((word) => word[1] ?? word[2] ?? word[3]);
    const folder = words[1];
    // A pattern in capitals stands for one.
    if (/[A-Z]{4}/.test(folder)) continue;
    const name = words.includes('-t') ? words[words.indexOf('-t') + 1] : '';
    const pattern =
      words.slice(2).find((word) => !word.startsWith('-') && !/^[A-Z]+$/.test(word) && word !== name) ?? '';
    checked++;
    if (matches(folder, pattern, name)) continue;
    complain(`${page}: no test matches: ${rest.trim()}`);
  }
}
console.log(`commands: ${checked} in ${pages.length} pages, ${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;

function complain(text) {
  problems++;
  console.error(text);
}

/** Links to files, and words in backquotes that look like a file or folder of the repository; capitals and * stand for many. */
function namesOfFiles(text) {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '');
  const links = [...prose.matchAll(/\]\(([^)#\s]+)/g)].map(([, link]) => link).filter((link) => !link.includes(':'));
  const words = [...prose.matchAll(/`([\w@][\w@.-]*(?:\/[\w@.-]+)*\/?)`/g)].map(([, word]) => word);
  const looksLikeFile = (word) =>
    (/\.(ts|[mc]?js|c|json|md)$/.test(word) || word.endsWith('/') || /^(packages|e2e|tools|docs)\//.test(word)) &&
    !/[A-Z]{4}|^dist\/|^node_modules/.test(word.replace(/README|FEATURES|ARCHITECTURE/, ''));
  return [...links, ...words.filter(looksLikeFile)];
}

/** A file may be named by the end of its path: in a page of a package one of that package, elsewhere any. */
function exists(page, name) {
  const folder = path.dirname(page);
  const bases = [folder, `${folder}/src`, `${folder}/test`, 'packages', ''];
  if (bases.some((base) => ['', '.ts', '.test.ts'].some((end) => existsSync(path.join(root, base, name + end)))))
    return true;
  const isNear = (file) =>
    folder === 'docs' || file.startsWith(folder === '.' ? '' : `${folder}/`) || !name.includes('/');
  return !name.endsWith('/') && tracked.some((file) => isNear(file) && file.endsWith(`/${name}`));
}

function matches(folder, pattern, name) {
  const files = readdirSync(path.join(root, folder), { recursive: true })
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .map((file) => path.join(folder, file))
    .filter((file) => new RegExp(pattern).test(file));
  return files.some((file) => readFileSync(path.join(root, file), 'utf8').includes(name));
}
