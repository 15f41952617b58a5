/**
 * The resolv.conf we write: which file it is (ConnMan rule 140), replaced at once, links kept. At the end it keeps the servers of
 * the links that stay up, and the next start goes on from there; without such servers, or at the next start after a crash, it
 * is given back as it was, unless another program has written it since.
 *
 * A start gives back first and writes its own with the first plan, which comes with the first connected service. So a start
 * after a crash is like any other: whatever becomes of it, and whatever file it is told to write, what was found is there.
 * What is lost is small: a crash leaves the address of a proxy that ended with it, and until the new one has servers it
 * could tell nothing either; with `-r` the servers of a link go for as long as they do in any restart.
 */
import path from 'node:path';
import { type Logger, OsError } from '@connman/base';
import type { Files } from '@connman/ports';
import { decodeSavedFile, encodeSavedFile, isOurs, isPrevious, type SavedContent, type SavedFile } from './saved-file';

export interface ResolvConfOptions {
  readonly files: Files;
  readonly log: Logger;
  /** ResolvConf of main.conf; undefined when the key is not there. */
  readonly configured: string | undefined;
  /** /run/connman: holds the file if the folder exists, and the record of what it held before. */
  readonly runFolder: string;
  /** /var/lib/connman: holds that record for a file that outlives a reboot. */
  readonly storageFolder: string;
}

const lastResort = '/etc/resolv.conf';
const recordName = 'resolv.conf.before';
const fileMode = 0o644;
const maxLinks = 40;
// rename refuses a mount point with EBUSY, and a folder may be closed to us where its file is not.
const writableInPlace = new Set(['EBUSY', 'EACCES', 'EPERM', 'EROFS']);

export class ResolvConfFile {
  private readonly files: Files;
  private readonly log: Logger;
  private readonly options: ResolvConfOptions;
  /** The file that is ours now. */
  private saved: SavedFile | undefined;
  /** Faults that were logged and have not been cured, by what they befell. */
  private readonly faults = new Map<string, string>();
  private rivalNamed = false;
  private linkChecked = false;

  /** Gives back what a run that crashed has left behind. */
  constructor(options: ResolvConfOptions) {
    this.files = options.files;
    this.log = options.log;
    this.options = options;
    for (const folder of [options.runFolder, options.storageFolder]) {
      const record = `${folder}/${recordName}`;
      this.attempt(record, () => this.recover(record));
    }
  }

  /** Makes this the content of the file. */
  write(text: string): void {
    this.candidates().some((candidate) =>
      this.attempt(candidate, () => this.writeTo(this.followLinks(candidate), text)),
    );
    this.checkLink();
  }

  /** Says once that programs read another file than ours: the machine's own is a plain file, or a link to somewhere else. */
  private checkLink(): void {
    const { configured, runFolder } = this.options;
    const ours = `${runFolder}/resolv.conf`;
    if (this.linkChecked || configured !== undefined || this.saved?.path !== ours) return;
    this.linkChecked = true;
    if (!this.files.status(lastResort) || this.followLinks(lastResort) === ours) return;
    this.log.warning(
      `${lastResort} is not a link to ${ours}: programs do not use its name servers; run "ln -sf ${ours} ${lastResort}"`,
    );
  }

  /** Leaves this content in the file, for as long as we are away; gives the file back without one. */
  close(standIn: string | undefined): void {
    const { saved } = this;
    if (!saved) return;
    this.attempt(saved.path, () => {
      if (standIn === undefined || !isOurs(saved, this.files.readBytes(saved.path))) return this.giveBack(saved);
      this.writeTo(saved.path, standIn);
      this.keepRecord({ ...saved, written: [standIn], left: true });
    });
  }

  /** The files to try, best first. */
  private candidates(): string[] {
    const { configured, runFolder } = this.options;
    if (configured === '' || configured === '/dev/null') return [];
    if (configured !== undefined) return [configured];
    const inRun = this.files.status(runFolder)?.kind === 'folder' ? [`${runFolder}/resolv.conf`] : [];
    return [...inRun, lastResort];
  }

  private recover(record: string): void {
    const text = this.files.read(record);
    if (text === undefined) return;
    const saved = decodeSavedFile(text);
    if (!saved) {
      this.log.warning(`${record}: not a record of an earlier resolv.conf, removed; resolv.conf stays as it is now`);
      this.files.remove(record);
    } else if (!isOurs(saved, this.files.readBytes(saved.path))) {
      // Written by another program since, or gone with a reboot: nothing of ours is left to undo.
      this.files.remove(record);
    } else if (saved.left && this.isWanted(saved.path)) {
      this.saved = { ...saved, left: false };
    } else {
      // Ours until that is done: if it fails, our own text is not taken for what was found.
      this.saved = saved;
      this.giveBack(saved);
      this.log.info(`${saved.path}: restored after an unclean shutdown`);
    }
  }

  /** Whether that is the file we would write. */
  private isWanted(target: string): boolean {
    return this.candidates().some((candidate) => this.followLinks(candidate) === target);
  }

  private writeTo(target: string, text: string): void {
    const folder = path.dirname(target);
    if (!this.files.status(folder)) {
      throw new OsError('write', 'ENOENT', target, `there is no folder ${folder}: make it first`);
    }
    const { saved: other } = this;
    if (other && other.path !== target) {
      // Whether or not that succeeds: names are resolved through this file now.
      this.attempt(this.recordOf(other.path), () => this.giveBack(other));
      this.saved = undefined;
    }
    const current = this.contentOf(target);
    const saved = this.claim(target, current);
    const isThere = current?.mode === fileMode && isOurs({ written: [text] }, current.bytes);
    if (isThere && saved.written.includes(text)) return;
    this.saved = { ...saved, written: [...saved.written.slice(-1), text] };
    this.keepRecord(this.saved);
    if (!isThere) this.put(target, text, fileMode);
    this.saved = { ...saved, written: [text] };
  }

  /** What is recorded of the file so far, with a rival's content in place of ours if one has written it. */
  private claim(target: string, current: SavedContent | undefined): SavedFile {
    if (!this.saved) return { path: target, previous: current, written: [] };
    if (isOurs(this.saved, current?.bytes) || isPrevious(this.saved, current?.bytes)) return this.saved;
    if (!this.rivalNamed) {
      this.rivalNamed = true;
      this.log.warning(
        `${target}: another program has ${current ? 'written' : 'removed'} it; writing our nameservers again. ` +
          'Stop that program, or give connmand another file with ResolvConf in main.conf (empty: none)',
      );
    }
    return { ...this.saved, previous: current };
  }

  private giveBack(saved: SavedFile): void {
    const { path: target, previous } = saved;
    const bytes = this.files.readBytes(target);
    if (isOurs(saved, bytes)) {
      if (previous) this.put(target, previous.bytes, previous.mode);
      else this.remove(target);
    } else if (!isPrevious(saved, bytes)) {
      this.log.info(`${target}: another program has written it since; left as it is`);
    }
    this.files.remove(this.recordOf(target));
    if (this.saved?.path === target) this.saved = undefined;
  }

  private contentOf(target: string): SavedContent | undefined {
    const bytes = this.files.readBytes(target);
    return bytes && { bytes, mode: this.files.status(target)?.mode ?? fileMode };
  }

  private put(target: string, content: string | Uint8Array, mode: number): void {
    this.orInPlace(target, content, () => this.files.writeAtomic(target, content, mode));
  }

  private remove(target: string): void {
    this.orInPlace(target, '', () => this.files.remove(target));
  }

  private orInPlace(target: string, content: string | Uint8Array, replace: () => void): void {
    try {
      replace();
    } catch (error) {
      if (!(error instanceof OsError && writableInPlace.has(error.code))) throw error;
      this.files.writeInPlace(target, content);
    }
  }

  /** Without a record the file is written all the same; a crash then leaves ours behind, and the log has said so. */
  private keepRecord(saved: SavedFile): void {
    const record = this.recordOf(saved.path);
    this.attempt(record, () => this.files.writeAtomic(record, encodeSavedFile(saved), 0o600));
  }

  /** A file in memory has its record in memory: both go with a reboot, and neither waits for a disk. */
  private recordOf(target: string): string {
    const { runFolder, storageFolder } = this.options;
    return `${target.startsWith(`${runFolder}/`) ? runFolder : storageFolder}/${recordName}`;
  }

  /** The path with the links at its end followed: the link stays, what it points to is written. */
  private followLinks(name: string): string {
    let target = name;
    for (let i = 0; i < maxLinks; i++) {
      const link = this.files.readLink(target);
      if (link === undefined) return target;
      target = path.resolve(path.dirname(target), link);
    }
    throw new OsError('readlink', 'ELOOP', name);
  }

  private attempt(object: string, action: () => void): boolean {
    try {
      action();
      this.faults.delete(object);
      return true;
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      if (this.faults.get(object) !== error.message) this.log.warning(`resolv.conf: ${error.message}`);
      this.faults.set(object, error.message);
      return false;
    }
  }
}
