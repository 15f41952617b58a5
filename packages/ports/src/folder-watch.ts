/** Watching a folder for files that come, change and go (inotify). */
export interface FolderWatchPort {
  /**
   * Calls back after something in the folder changed, never before this returns. A folder that does not exist is not watched:
   * undefined then. The returned function ends it.
   */
  watch(folder: string, onChange: () => void): (() => void) | undefined;
}
