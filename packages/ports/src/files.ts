export interface Files {
  /** The text of a file; undefined if there is none. Throws OsError for any other failure. */
  read(path: string): string | undefined;
  /**
   * Replaces the file at once: temporary file in the same folder, fsync, rename, fsync of the folder. After a power cut
   * at any point the old or the new content is there. Missing folders are made (mode 0700).
   */
  writeAtomic(path: string, text: string, mode?: number): void;
  /** Names in a folder, sorted; empty if there is no such folder. */
  list(path: string): readonly string[];
  /** Removes a file or a folder with its content; fine if it is not there. */
  remove(path: string): void;
}
