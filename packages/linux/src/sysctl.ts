/** The kernel's settings under /proc/sys, of the network namespace the program is in. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Sysctl } from '@connman/ports';
import { asOsError, isSystemFault } from './system-fault';

const ROOT = '/proc/sys/';

export const procSysctl: Sysctl = {
  read(path) {
    try {
      return readFileSync(ROOT + path, 'utf8').trimEnd();
    } catch (error) {
      if (isSystemFault(error) && error.code === 'ENOENT') return undefined;
      throw asOsError(error, ROOT + path);
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
      throw asOsError(error, ROOT + path);
    }
  },
};
