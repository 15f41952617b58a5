/**
 * Watching a folder with inotify, through Node: changes that follow one another are one call. A file that is written over in place
 * is empty for a moment, and what it configures is not to be taken down for that.
 */
import { watch } from 'node:fs';
import type { FolderWatchPort } from '@connman/ports';

/** No change for so long, or changes for so long. */
const quietMs = 100;
const mostMs = 1000;

export const folderWatchPort: FolderWatchPort = {
  watch(folder, onChange) {
    let timer: NodeJS.Timeout | undefined;
    let firstAt = 0;
    const notify = () => {
      const now = performance.now();
      if (timer === undefined) firstAt = now;
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          timer = undefined;
          onChange();
        },
        Math.max(0, Math.min(quietMs, firstAt + mostMs - now)),
      ).unref();
    };
    try {
      const watcher = watch(folder, notify);
      // The folder itself went away: what was in it is gone, too.
      watcher.on('error', notify);
      watcher.unref();
      return () => {
        clearTimeout(timer);
        watcher.close();
      };
    } catch {
      return undefined;
    }
  },
};
