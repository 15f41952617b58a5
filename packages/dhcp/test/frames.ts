/** Packets recorded from servers of the field, from the IP header on, each with a first line that says what it is. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export type Folder = 'frames' | 'corpus';

export function frameNames(folder: Folder): string[] {
  return readdirSync(path.join(__dirname, folder))
    .filter((name) => name.endsWith('.hex'))
    .map((name) => name.slice(0, -'.hex'.length))
    .sort();
}

export function frame(name: string, folder: Folder = 'frames'): Uint8Array {
  const [title = '', ...lines] = readFileSync(path.join(__dirname, folder, `${name}.hex`), 'utf8').split('\n');
  if (!title.startsWith('# ')) throw new Error(`${name}.hex does not say what it is`);
  return Uint8Array.from(Buffer.from(lines.join(''), 'hex'));
}
