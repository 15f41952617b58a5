/** The kernel's settings under /proc/sys, of the network namespace the program is in. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { OsError } from '@connman/base';
import type { Sysctl } from '@connman/ports';

const ROOT = '/proc/sys/';

function asOsError(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  const { errno, syscall } = error as NodeJS.ErrnoException;
  return errno === undefined ? error : new OsError(syscall ?? 'sysctl', Math.abs(errno), ROOT + path);
}

export const procSysctl: Sysctl = {
  read(path) {
    try {
      return readFileSync(ROOT + path, 'utf8').trimEnd();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw asOsError(error, path);
    }
  },
  write(path, value) {
    try {
      const fd = openSync(ROOT + path, 'r+');
      try {
        // In one piece: each write is a new value.
        writeSync(fd, `${value}\n`);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw asOsError(error, path);
    }
  },
};
