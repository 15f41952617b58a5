/** The *.config files of /var/lib/connman-vpn: read at start and whenever the folder changes. */
import { type Logger, OsError } from '@connman/base';
import type { Files, FolderWatchPort } from '@connman/ports';
import { formatProblem, type Problem, readVpnConfig } from '@connman/settings';
import { type Provider, providerFromFile } from './provider/provider';

const suffix = '.config';

export class Provisioning {
  private readonly files: Files;
  private readonly folder: string;
  private readonly log: Logger;
  /** Complaints are made once for each content. */
  private readonly complaints = new Map<string, string>();

  constructor(files: Files, folder: string, log: Logger) {
    this.files = files;
    this.folder = folder;
    this.log = log;
  }

  /** All connections of all files; of two with the same identifier the first counts. */
  read(): ReadonlyMap<string, Provider> {
    const providers = new Map<string, Provider>();
    for (const name of this.files.list(this.folder)) {
      if (!name.endsWith(suffix) || name.startsWith('.')) continue;
      const problems: Problem[] = [];
      for (const provider of this.readFile(name, problems)) {
        const first = providers.get(provider.ident)?.origin;
        if (first === undefined) providers.set(provider.ident, provider);
        else
          problems.push({
            file: `${this.folder}/${name}`,
            line: 0,
            found: `[provider_${provider.origin?.section}]`,
            expected: `another Host or Domain than [provider_${first.section}] of ${first.file}${suffix} has; it has no effect`,
          });
      }
      this.complain(name, problems.map(formatProblem));
    }
    return providers;
  }

  /** The returned function ends it. */
  watch(port: FolderWatchPort, onChange: () => void): () => void {
    return port.watch(this.folder, onChange) ?? (() => {});
  }

  private readFile(name: string, problems: Problem[]): readonly Provider[] {
    const file = `${this.folder}/${name}`;
    let content: string | undefined;
    try {
      content = this.files.read(file);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      problems.push({ file, line: 0, found: error.message, expected: 'a readable file; it has no effect' });
    }
    if (content === undefined) return [];
    const read = readVpnConfig(file, content);
    problems.push(...read.problems);
    const providers: Provider[] = [];
    for (const { section, line, values } of read.vpns) {
      const { provider, wrongNetworks } = providerFromFile(values, { file: name.slice(0, -suffix.length), section });
      for (const found of wrongNetworks)
        problems.push({
          file,
          line,
          key: 'Networks',
          found,
          expected: 'NETWORK/NETMASK[/GATEWAY]; this entry has no effect',
        });
      if (provider.ok) providers.push(provider.value);
      else
        problems.push({ file, line, found: `[provider_${section}]`, expected: `${provider.error}; it has no effect` });
    }
    return providers;
  }

  private complain(name: string, lines: readonly string[]): void {
    const text = lines.join('\n');
    if (this.complaints.get(name) !== text) for (const line of lines) this.log.warning(line);
    this.complaints.set(name, text);
  }
}
