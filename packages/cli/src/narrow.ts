/** Text for a terminal that is narrower than the 80 columns that it was written for. */
import { isatty } from 'node:tty';
import { stdout } from './output';

const usualWidth = 80;
/** Behind the beginning of the line that goes on. */
const further = 2;

/** As it is where nothing narrow shows it. */
export function fitted(text: string): string {
  const width = isatty(stdout) ? process.stdout.columns : usualWidth;
  return width > 0 && width < usualWidth ? folded(text, width) : text;
}

/** Lines are broken between words; a word that is longer, a path say, stays whole. */
export function folded(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => linesOf(line, width))
    .join('\n');
}

function linesOf(line: string, width: number): string[] {
  const lines: string[] = [];
  const indent = ' '.repeat(line.search(/\S|$/) + further);
  let rest = line;
  while (rest.length > width) {
    // In the indent there is nothing to break.
    const begin = rest.search(/\S|$/);
    const last = rest.lastIndexOf(' ', width);
    const at = last > begin ? last : rest.indexOf(' ', width);
    if (at < 0) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = `${indent}${rest.slice(at).trimStart()}`;
  }
  return [...lines, rest];
}
