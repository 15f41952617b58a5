// Keeps docs/FEATURES.md true: the tests that its tables name must exist, and its end, the contract item by item, is made here
// from docs/contract and the tests. `node tools/docs/features.mjs`; with --check it only compares. An item of the contract
// with neither a test nor a reason is an error.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { page, root } from './lib/load-source.mjs';
import { testFiles } from './lib/test-files.mjs';

const target = 'docs/FEATURES.md';
const heading = '\n## The contract, item by item\n';
const read = (file) => readFileSync(new URL(file, root), 'utf8');
const tests = testFiles(fileURLToPath(root));

const [prose = ''] = read(target).split(heading);
checkProse(prose);
const rules = readRules(read('docs/contract/rules.md'));
page(
  target,
  `${prose}${heading}\n${rulesInShort(rules)}\n${surfaceInShort(JSON.parse(read('docs/contract/surface.json')))}`,
);

function complain(text) {
  console.error(text);
  process.exitCode = 1;
}

/** A table names a test as the file without `.test.ts`, the last part of its path, or a folder of tests. */
function checkProse(text) {
  const known = [...tests.keys()];
  for (const row of text.split('\n').filter((line) => line.startsWith('| ')))
    for (const [, name] of (row.split(' | ').at(-1) ?? '').matchAll(/`([\w./-]+)`/g)) {
      const file = name.replace(/\.test$/, '').replace(/^(?!packages|e2e|tools)/, '/');
      if (known.some((one) => `/${one}`.endsWith(file) || one.startsWith(`${file}/`))) continue;
      if (!existsSync(new URL(file, root))) complain(`${target} names the test ${name}, which does not exist`);
    }
}

/** docs/contract/rules.md as data, with the tests that name a rule themselves. */
function readRules(text) {
  const rules = new Map();
  let rule;
  for (const line of text.split('\n')) {
    const begin = /^(\d+)\. (.*)$/.exec(line);
    const fact = /^ {4}- (shown|better|absent|open): (.+)$/.exec(line);
    if (begin) {
      rule = { number: begin[1], text: begin[2], shown: [] };
      rules.set(rule.number, rule);
    } else if (fact?.[1] === 'shown') {
      rule.shown.push(fact[2]);
    } else if (fact) {
      rule[fact[1]] = fact[2];
    }
  }
  for (const [file, { text: source }] of tests)
    for (const [, numbers] of source.matchAll(/\(rules? (\d+(?:(?:, | and | to )\d+)*)\)['"`]/g))
      for (const number of numbers.match(/\d+/g)) {
        if (rules.has(number)) rules.get(number).shown.push(file);
        else complain(`${file}.test.ts names rule ${number}, which docs/contract/rules.md does not have`);
      }
  for (const { number, shown, better, absent, open } of rules.values()) {
    for (const evidence of shown) checkEvidence(number, evidence);
    if (shown.length === 0 && !absent && !open)
      complain(`docs/contract/rules.md: rule ${number} has no test${better ? '' : ' and no reason'}`);
  }
  return [...rules.values()];
}

function checkEvidence(number, evidence) {
  const [file, name = ''] = evidence.split(/: (.*)/s);
  const found = tests.get(file);
  if (!found) complain(`docs/contract/rules.md, rule ${number}: no test ${file}.test.ts`);
  else if (!found.text.includes(name))
    complain(`docs/contract/rules.md, rule ${number}: ${file} has no test "${name}"`);
}

function rulesInShort(rules) {
  const numbers = (list) => ranges(list.map(({ number }) => Number(number))).join(', ');
  const list = (key) =>
    rules.filter((rule) => rule[key]).map((rule) => `| ${rule.number} | ${rule.text} | ${rule[key]} |`);
  const table = (title, last, rows) =>
    `### ${title}\n\n| rule | ConnMan | ${last} |\n|---|---|---|\n${rows.join('\n')}\n`;
  const asConnMan = rules.filter(({ better, absent, open }) => !better && !absent && !open);
  return `ConnMan's behaviour in ${rules.length} numbered rules, each with its tests, is in [contract/rules.md](contract/rules.md).
${asConnMan.length} hold as they stand: ${numbers(asConnMan)}. Made by \`tools/docs/features.mjs\`.

${table('Deliberately better', 'ours, and why', list('better'))}
${table('Not there yet', 'what is missing', list('absent'))}
${table('Open', 'what no test shows', list('open'))}`;
}

/** 1, 2, 3, 5 as 1-3, 5. */
function ranges(numbers) {
  const found = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
}

/** Members, keys, options and commands, with a test that names each. */
function surfaceInShort({ groups, absent, shown: elsewhere }) {
  const sections = groups.map(({ about, names, tests: folders, absent: whole }) => {
    const shown = new Map();
    const missing = new Map();
    for (const name of names) {
      const item = `${about}: ${name}`;
      const reason = whole ?? absent[item];
      const file = reason ? undefined : (elsewhere[item] ?? naming(name, folders));
      if (elsewhere[item] && !tests.has(file)) complain(`docs/contract/surface.json: ${item}: no test ${file}.test.ts`);
      if (file) shown.set(file, [...(shown.get(file) ?? []), name]);
      else if (reason) missing.set(reason, [...(missing.get(reason) ?? []), name]);
      else complain(`docs/contract/surface.json: ${about}: no test names ${name}, and no reason is given`);
    }
    const rows = (entries) =>
      [...entries].map(([why, of]) => `| ${of.map((name) => `\`${name}\``).join(', ')} | ${why} |\n`);
    const files = [...shown].map(([file, of]) => [`\`${file}\``, of]);
    return `#### ${about}\n\n| name | test that names it, or why there is none |\n|---|---|\n${[...rows(files), ...rows(missing)].join('')}`;
  });
  return `### Members, keys, options and commands\n\n${sections.join('\n')}`;
}

/** The test file that names a thing, the first of the first folder that has one: so that the page changes seldom. */
function naming(name, folders) {
  const words = name.replaceAll('.', '\\.').replaceAll(', ', '|');
  const pattern = new RegExp(`(?:(?<![\\w-])|(?<=\\\\n))(?:${words})(?![\\w-]|\\.[A-Z])`);
  for (const folder of folders)
    for (const [file, { text }] of tests) if (file.startsWith(folder) && pattern.test(text)) return file;
  return undefined;
}
