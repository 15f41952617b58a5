// Writes what is generated below docs/man: `node tools/docs/man.mjs`; with --check it only compares.
//  - connman.conf.5 is docs/main.conf.md;
//  - connman-dnsproxyd.8 has the keys of its file between two comments, from packages/dnsproxy/src/config.ts;
//  - connmand.8 has its options in the same way, from packages/core/src/shell/options.ts.
// connmanctl.1 is written by hand; a command or option of packages/cli/src/grammar.ts that it lacks is an error.
import { readFileSync } from 'node:fs';
import { buildParts } from '../parts.mjs';
import { loadSource, page, root } from './lib/load-source.mjs';

const read = (file) => readFileSync(new URL(file, root), 'utf8');

page('docs/man/connman.conf.5', toManual(read('docs/main.conf.md')));

const between = /^(\.\\" generated: tools\/docs\/man\.mjs\n).*?^(?=\.\\" end)/ms;
fill('docs/man/connman-dnsproxyd.8', await keysOfProxy());
fill('docs/man/connmand.8', await optionsOfDaemon());
await checkClient('docs/man/connmanctl.1');

/** Puts text between the two comments of a page. */
function fill(file, text) {
  page(
    file,
    read(file).replace(between, (_, start) => start + text),
  );
}

async function checkClient(file) {
  const { commands } = await loadSource('packages/cli/src/grammar.ts');
  const text = read(file)
    .replaceAll('\\-', '-')
    .match(/^\..*$/gm)
    .join('\n');
  const names = commands.flatMap(({ name, options = [] }) => [name, ...options.map((one) => `-${one.name}`)]);
  for (const name of names) {
    if (new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text)) continue;
    console.error(`${file} does not have ${name}`);
    process.exitCode = 1;
  }
}

async function optionsOfDaemon() {
  const { flags } = await loadSource('packages/core/src/shell/options.ts');
  const unread = buildParts('connmand').options;
  const output = ['.Bl -tag -width Ds'];
  for (const { short, long, value, optionalValue, meaning } of flags) {
    const name = short ? `Fl ${short} , -${long}` : `Fl \\-${long}`;
    const argument = value ? (optionalValue ? ` Ns Op = Ns Ar ${value}` : ` Ar ${value}`) : '';
    output.push(`.It ${name}${argument}`, plain(`${meaning[0].toUpperCase()}${meaning.slice(1)}.`));
    if (unread[long]) output.push(plain(`Not in this build: it belongs to ${unread[long]}.`));
  }
  return `${[...output, '.El'].join('\n')}\n`;
}

async function keysOfProxy() {
  const { groups, settings } = await loadSource('packages/dnsproxy/src/config.ts');
  const output = [];
  for (const [group, fields] of Object.entries(groups())) {
    output.push(`.Ss [${group}]`, '.Bl -tag -width Ds');
    for (const [key, { shape, description }] of Object.entries(fields)) {
      output.push(`.It Ic ${key}`, plain(description.replace(/ \(ConnMan rule \d+\)/, '')));
      if (shape.is === 'word') output.push('.br', `One of ${shape.words.join(', ')}.`);
      const { standard, least, most } = settings[`${key[0].toLowerCase()}${key.slice(1)}`] ?? {};
      if (standard !== undefined) output.push('.br', `From ${least} to ${most}. Default: ${standard}.`);
    }
    output.push('.El');
  }
  return `${output.join('\n')}\n`;
}

/** The page has a title, paragraphs, groups ("## [General]"), tables of keys and fenced examples, and nothing else. */
function toManual(markdown) {
  const output = ['.Dd November 21, 2026', '.Dt CONNMAN.CONF 5', '.Os', '.Sh NAME', '.Nm main.conf'];
  output.push('.Nd settings of connmand', '.Sh DESCRIPTION');
  let inTable = false;
  let inExample = false;
  let paragraphEnded = false;
  for (const line of markdown.split('\n').slice(1)) {
    const cells = line.startsWith('|') ? line.slice(2, -2).split(' | ') : undefined;
    if (inTable && !cells) {
      output.push('.El');
      inTable = false;
    }
    if (line.startsWith('```')) {
      output.push(inExample ? '.Ed' : '.Bd -literal -offset indent');
      inExample = !inExample;
    } else if (cells) {
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
    paragraphEnded = line === '' && !/^\.(S|El|D|P|N)/.test(output.at(-1));
  }
  output.push('.Sh SEE ALSO', '.Xr connmanctl 1 ,', '.Xr connman\\-dnsproxyd 8 ,', '.Xr connmand 8', '');
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
