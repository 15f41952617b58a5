/** Watching a folder with inotify, through Node: changes of one turn are one call. */
import { watch } from 'node:fs';
import type { FolderWatchPort } from '@connman/ports';

export const folderWatchPort: FolderWatchPort = {
  watch(folder, onChange) {
    let pending: NodeJS.Immediate | undefined;
    const notify = () => {
      pending ??= setImmediate(() => {
        pending = undefined;
        onChange();
      });
    };
    try {
      const watcher = watch(folder, notify);
      // The folder itself went away: what was in it is gone, too.
      watcher.on('error', notify);
      watcher.unref();
      return () => {
        if (pending) clearImmediate(pending);
        watcher.close();
      };
    } catch {
      return undefined;
    }
  },
};
