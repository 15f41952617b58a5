/** Files on disk, written so that a power cut at any system call leaves the old content or the new. */
import {
  closeSync,
  fchmodSync,
  constants as fileFlags,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { OsError } from '@connman/base';
import type { FileStatus, Files } from '@connman/ports';
import { asOsError, isSystemFault } from '../system-fault';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o644;

const nothingThere = new Set(['ENOENT', 'ENOTDIR']);

/** The call's value; its fault as an OsError, or as undefined when its code is one of `expected`. */
function attempt<T>(file: string, call: () => T, expected?: ReadonlySet<string>): T | undefined {
  try {
    return call();
  } catch (error) {
    if (isSystemFault(error) && expected?.has(error.code)) return undefined;
    throw asOsError(error, file);
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes the folder and what is missing above it, each on disk before the next one. */
function makeFolder(folder: string): void {
  const parent = path.dirname(folder);
  try {
    mkdirSync(folder, FOLDER_MODE);
  } catch (error) {
    if (!isSystemFault(error)) throw error;
    if (error.code === 'EEXIST') return;
    if (error.code !== 'ENOENT') throw error;
    makeFolder(parent);
    mkdirSync(folder, FOLDER_MODE);
  }
  syncFolder(parent);
}

/** Always the same name: what a power cut leaves behind is taken away by the next write. */
function freshName(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.new`);
}

function replace(file: string, content: string | Uint8Array, mode: number): void {
  const folder = path.dirname(file);
  const fresh = freshName(file);
  const flags = 'wx';
  let fd: number;
  try {
    fd = openSync(fresh, flags, mode);
  } catch (error) {
    if (!isSystemFault(error)) throw error;
    if (error.code === 'ENOENT') makeFolder(folder);
    else if (error.code === 'EEXIST') unlinkSync(fresh);
    else throw error;
    fd = openSync(fresh, flags, mode);
  }
  try {
    try {
      writeFileSync(fd, content);
      // Whatever the umask says.
      fchmodSync(fd, mode);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  syncFolder(folder);
}

/** Larger than any settings file: what is read here is held in memory as a whole. */
const MAX_BYTES = 1024 * 1024;

/** A regular file's content. Nothing else is opened for reading: a fifo or a device would keep the program waiting. */
function readRegular(file: string): Buffer {
  const fd = openSync(file, fileFlags.O_RDONLY | fileFlags.O_NONBLOCK | fileFlags.O_NOCTTY);
  try {
    const status = fstatSync(fd);
    if (status.isDirectory()) throw new OsError('read', 'EISDIR', file);
    if (!status.isFile()) throw new OsError('read', 'EINVAL', file, 'not a regular file');
    if (status.size > MAX_BYTES) throw new OsError('read', 'EFBIG', file, `larger than ${MAX_BYTES} bytes`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function kindOf(status: Stats): FileStatus['kind'] {
  if (status.isFile()) return 'file';
  if (status.isDirectory()) return 'folder';
  return status.isSymbolicLink() ? 'link' : 'other';
}

export const diskFiles: Files = {
  read: (file) => attempt(file, () => readRegular(file).toString('utf8'), nothingThere),
  readBytes: (file) => attempt(file, () => readRegular(file), nothingThere),
  writeAtomic(file, content, mode = FILE_MODE) {
    attempt(file, () => replace(file, content, mode));
  },
  writeInPlace(file, content) {
    attempt(file, () => {
      const fd = openSync(file, 'r+');
      try {
        // From here on a reader may see it empty or half written.
        ftruncateSync(fd);
        writeFileSync(fd, content);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    });
  },
  linkAtomic(file, target) {
    attempt(file, () => {
      const fresh = freshName(file);
      rmSync(fresh, { force: true });
      symlinkSync(target, fresh);
      renameSync(fresh, file);
      syncFolder(path.dirname(file));
    });
  },
  list: (folder) => attempt(folder, () => readdirSync(folder).sort(), nothingThere) ?? [],
  remove(file) {
    attempt(file, () => rmSync(file, { recursive: true, force: true }));
  },
  status(file) {
    const status = attempt(file, () => lstatSync(file), nothingThere);
    return status && { kind: kindOf(status), mode: status.mode & 0o7777 };
  },
  readLink: (file) => attempt(file, () => readlinkSync(file), new Set([...nothingThere, 'EINVAL'])),
};
