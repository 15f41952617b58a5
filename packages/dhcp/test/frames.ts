/** Packets recorded from servers of the field, each with a first line that says what it is. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** DHCPv4 from the IP header on, DHCPv6 the message alone; and what once surprised. */
export type Folder = 'frames' | 'frames6' | 'corpus';

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
