// No function, class or constant is exported that no other file names: what is not used elsewhere keeps to its file, and what is not
// used at all is deleted. Types are left alone, they describe what is exported. A file that passes a name on does not use it.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const sources = ['*.ts', '*.mjs', '*.cjs', '*.js'];
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', ...sources], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file));
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
const users = new Map();

for (const [file, text] of texts)
  for (const word of new Set(text.replace(/^export (type )?\{[^}]*\} from .*$/gm, '').match(/\w+/g)))
    users.set(word, (users.get(word) ?? new Set()).add(file));

let problems = 0;
for (const [file, text] of texts)
  for (const [, name] of text.matchAll(/^export (?:async )?(?:abstract )?(?:function\*?|const|class) (\w+)/gm)) {
    if (users.get(name).size > 1) continue;
    problems++;
    const isUsed = text.match(new RegExp(`\\b${name}\\b`, 'g')).length > 1;
    console.error(`${file}: ${name} is used nowhere${isUsed ? ' else; do not export it' : '; delete it'}`);
  }
console.log(`exports: ${texts.size} files, ${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;
