export interface FileStatus {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Permission bits, 0o7777 at most. */
  readonly mode: number;
}

export interface Files {
  /**
   * The text of a regular file; undefined if there is none. Throws OsError for any other failure: EISDIR for a folder, EINVAL
   * for a fifo or device, EFBIG for more than 1 MiB.
   */
  read(path: string): string | undefined;
  /** The same without a view on what the bytes mean. */
  readBytes(path: string): Uint8Array | undefined;
  /**
   * Replaces the file at once: temporary file in the same folder, fsync, rename, fsync of the folder. After a power cut
   * at any point the old or the new content is there. The file gets exactly this mode, 0644 if not given. Missing
   * folders are made (mode 0700). A link is replaced, not followed.
   */
  writeAtomic(path: string, content: string | Uint8Array, mode?: number): void;
  /**
   * Truncates and writes the file that is there, for one that cannot be replaced because something is mounted on it
   * (rename answers EBUSY). A reader may see it half written. Throws OsError, also when there is no such file.
   */
  writeInPlace(path: string, content: string | Uint8Array): void;
  /** Puts a symbolic link to `target` at the path, in place of what file or link is there; at once, as `writeAtomic`. */
  linkAtomic(path: string, target: string): void;
  /** Names in a folder, sorted; empty if there is no such folder. */
  list(path: string): readonly string[];
  /** Removes a file or a folder with its content; fine if it is not there. A link is removed, not followed. */
  remove(path: string): void;
  /** What is at the path, a last link not followed; undefined if nothing is. Throws OsError for any other failure. */
  status(path: string): FileStatus | undefined;
  /** What the symbolic link at the path says, as it was written; undefined if there is no link. */
  readLink(path: string): string | undefined;
}
