/** What is remembered of a VPN connection: `provider_IDENT/settings` below /var/lib/connman, in ConnMan's format. */
import { KeyFile } from './keyfile';
import { readText, writeText } from './keyfile-values';
import type { Problem } from './problem';
import { SettingsFolder, type SettingsFolderOptions } from './settings-folder';

const folderPrefix = 'provider_';
const folderPattern = /^provider_[A-Za-z0-9_]+$/;

/** The keys of a connection's group, with their texts. */
export type StoredProvider = ReadonlyMap<string, string>;

/** The folder over the Files port. Other groups and unknown keys of a file survive. */
export class ProviderStorage {
  private readonly folder: SettingsFolder;
  private readonly report: (problem: Problem) => void;

  constructor(options: SettingsFolderOptions) {
    this.folder = new SettingsFolder(options);
    this.report = options.report;
  }

  /** All that are remembered, by identifier. */
  providers(): ReadonlyMap<string, StoredProvider> {
    const providers = new Map<string, StoredProvider>();
    for (const folder of this.folder.list()) {
      if (!folderPattern.test(folder)) continue;
      const ident = folder.slice(folderPrefix.length);
      const content = this.folder.read(this.fileOf(ident));
      if (content === undefined) continue;
      const problems: Problem[] = [];
      providers.set(ident, readStoredProvider(this.fileOf(ident), ident, content, problems));
      problems.forEach(this.report);
    }
    return providers;
  }

  /** Writes these keys and takes away `forgotten` ones. Throws OsError. */
  save(ident: string, values: StoredProvider, forgotten: Iterable<string> = []): void {
    this.folder.write(this.fileOf(ident), (previous) => {
      const keyFile = KeyFile.parse(previous);
      for (const key of forgotten) keyFile.remove(ident, key);
      for (const [key, value] of values) keyFile.set(ident, key, writeText(value));
      return keyFile.toString();
    });
  }

  /** Forgets the connection, and what connmand remembers of its service. Throws OsError. */
  remove(ident: string): void {
    this.folder.remove(`${folderPrefix}${ident}`);
    this.folder.remove(`vpn_${ident}`);
  }

  private fileOf(ident: string): string {
    return `${this.folder.root}/${folderPrefix}${ident}/settings`;
  }
}

/** The text of a line that cannot be read may be part of a secret. */
export function readStoredProvider(file: string, ident: string, content: string, problems: Problem[]): StoredProvider {
  const keyFile = KeyFile.parse(content);
  for (const { line, expected } of keyFile.faults) problems.push({ file, line, found: '***', expected });
  const values = new Map<string, string>();
  for (const { key, value } of keyFile.entries(ident)) values.set(key, readText(value));
  return values;
}
