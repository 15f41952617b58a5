/** A file that is read again when its identity, its size or its moment of change differ. */
import { readFileSync, statSync } from 'node:fs';
import type { FileSource } from '@connman/ports';

export function createFileSource(path: string): FileSource {
  return {
    stamp() {
      const status = path === '' ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
      return status ? `${status.dev}:${status.ino}:${status.size}:${status.mtimeNs}` : '';
    },
    read() {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return '';
      }
    },
  };
}
