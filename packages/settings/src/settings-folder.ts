/** A folder of settings files over the Files port. */
import { OsError } from '@connman/base';
import type { Files } from '@connman/ports';
import type { Problem } from './problem';

export interface SettingsFolderOptions {
  readonly files: Files;
  /** /var/lib/connman. */
  readonly root: string;
  readonly report: (problem: Problem) => void;
}

export class SettingsFolder {
  readonly root: string;
  private readonly files: Files;
  private readonly report: (problem: Problem) => void;

  constructor({ files, root, report }: SettingsFolderOptions) {
    this.root = root;
    this.files = files;
    this.report = report;
  }

  /** What is in the folder, by name. */
  list(): readonly string[] {
    return this.files.list(this.root);
  }

  /** Undefined if there is no such file. One that cannot be read is reported and counts as missing. */
  read(file: string): string | undefined {
    try {
      return this.files.read(file);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.report({ file, line: 0, found: error.message, expected: 'a readable file; it counts as empty' });
      return undefined;
    }
  }

  /**
   * `change` gets what is in the file, '' if there is none. Throws OsError. A file that exists and cannot be read now is not
   * replaced: keys that are not ours would be lost with it.
   */
  write(file: string, change: (previous: string) => string): void {
    const previous = this.files.read(file);
    const content = change(previous ?? '');
    if (content !== previous) this.files.writeAtomic(file, content, 0o600);
  }

  /** A folder with all that is in it. Throws OsError. */
  remove(name: string): void {
    this.files.remove(`${this.root}/${name}`);
  }
}
