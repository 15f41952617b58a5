/** Messages recorded from a real server (NSD 4.6, zone e2e/dns/corpus.zone), and inputs that once surprised us. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Recorded {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function recordedMessages(): readonly Recorded[] {
  const folder = path.join(__dirname, 'corpus');
  return readdirSync(folder).map((file) => ({
    name: file.replace('.hex', ''),
    bytes: Uint8Array.from(Buffer.from(readFileSync(path.join(folder, file), 'utf8').replace(/\s/g, ''), 'hex')),
  }));
}
