/** The kernel's settings under /proc/sys, of the network namespace the program is in. */

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { encodeKernelName } from '@connman/base';
import type { Sysctl } from '@connman/ports';
import { asOsError, isSystemFault } from '../system-fault';

const ROOT = '/proc/sys/';

/** The name of a link is part of the path. */
function fileOf(path: string): Buffer {
  return Buffer.from(encodeKernelName(ROOT + path));
}

export const procSysctl: Sysctl = {
  read(path) {
    try {
      return readFileSync(fileOf(path), 'utf8').trimEnd();
    } catch (error) {
      if (isSystemFault(error) && error.code === 'ENOENT') return undefined;
      throw asOsError(error, ROOT + path);
    }
  },
  write(path, value) {
    try {
      const fd = openSync(fileOf(path), 'r+');
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
