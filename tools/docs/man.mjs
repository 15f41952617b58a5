// Writes docs/man/connman.conf.5 from docs/main.conf.md: `node tools/docs/man.mjs`; with --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const target = new URL('docs/man/connman.conf.5', root);
const text = toManual(readFileSync(new URL('docs/main.conf.md', root), 'utf8'));
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (readFileSync(target, 'utf8') !== text) {
  console.error('docs/man/connman.conf.5 is out of date: node tools/docs/man.mjs');
  process.exit(1);
}

/** The page has a title, paragraphs, groups ("## [General]") and tables of keys, and nothing else. */
function toManual(markdown) {
  const output = ['.Dd November 21, 2026', '.Dt CONNMAN.CONF 5', '.Os', '.Sh NAME', '.Nm main.conf'];
  output.push('.Nd settings of connmand', '.Sh DESCRIPTION');
  let inTable = false;
  let paragraphEnded = false;
  for (const line of markdown.split('\n').slice(1)) {
    const cells = line.startsWith('|') ? line.slice(2, -2).split(' | ') : undefined;
    if (inTable && !cells) {
      output.push('.El');
      inTable = false;
    }
    if (cells) {
      if (cells[0] === 'key' || /^-+(\||$)/.test(cells[0])) continue;
      if (!inTable) output.push('.Bl -tag -width Ds');
      inTable = true;
      const [key, takes, standard, effect] = cells.map(plain);
      output.push(`.It ${key}`, effect, `.br`, `Takes ${takes}. Default: ${standard}.`);
    } else if (line.startsWith('## ')) {
      output.push(`.Sh ${plain(line.slice(3))}`);
    } else if (line !== '') {
      if (paragraphEnded) output.push('.Pp');
      output.push(plain(line));
    }
    paragraphEnded = line === '' && !/^\.(S|E|D|P|N)/.test(output.at(-1));
  }
  output.push('.Sh SEE ALSO', '.Xr connmand 8 ,', '.Xr connmanctl 1', '');
  return output.join('\n');
}

/** Text without markdown, and without what roff would take for itself. */
function plain(text) {
  return text
    .replaceAll('`', '')
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
    .replaceAll('’', "'");
}
