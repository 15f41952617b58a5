/** The folder /var/lib/connman over the Files port: what is remembered of services and of the whole. */
import { invariant } from '@connman/base';
import { type Problem, summarised } from './problem';
import { SettingsFolder, type SettingsFolderOptions } from './settings-folder';
import { readStoredGlobal, type StoredGlobal, writeStoredGlobal } from './stored-global';
import { readStoredService, type StoredService, writeStoredService } from './stored-service';

const identifierPattern = /^[A-Za-z0-9_]+$/;
/** `provider_*` is the VPN daemon's, and folders of other names are someone else's. */
const servicePattern = /^(ethernet|gadget|wifi|cellular|bluetooth|vpn)_[A-Za-z0-9_]+$/;

/**
 * A missing or unreadable file is as good as an empty one; an unreadable one is reported as well. Saving reads the file
 * again, once, so that keys that are not ours survive, writes only what changed, and throws OsError when it cannot. A service
 * that was never connected to has no file, and gets none until the caller saves it.
 */
export class Storage {
  private readonly folder: SettingsFolder;
  private readonly report: (problem: Problem) => void;

  constructor(options: SettingsFolderOptions) {
    this.folder = new SettingsFolder(options);
    this.report = options.report;
  }

  global(): StoredGlobal {
    const file = `${this.folder.root}/settings`;
    const problems: Problem[] = [];
    const global = readStoredGlobal(file, this.folder.read(file) ?? '', problems);
    summarised(problems).forEach(this.report);
    return global;
  }

  /** `change` gets what the file says now. */
  saveGlobal(change: (before: StoredGlobal) => StoredGlobal): void {
    const file = `${this.folder.root}/settings`;
    this.folder.write(file, (previous) => writeStoredGlobal(change(readStoredGlobal(file, previous, [])), previous));
  }

  /** All that are remembered, by identifier. */
  services(): ReadonlyMap<string, StoredService> {
    const services = new Map<string, StoredService>();
    for (const identifier of this.folder.list()) {
      const service = servicePattern.test(identifier) ? this.service(identifier) : undefined;
      if (service) services.set(identifier, service);
    }
    return services;
  }

  /** Undefined if nothing is remembered of it. */
  service(identifier: string): StoredService | undefined {
    const file = this.fileOf(identifier);
    const content = this.folder.read(file);
    if (content === undefined) return undefined;
    const problems: Problem[] = [];
    const service = readStoredService(file, identifier, content, problems);
    summarised(problems).forEach(this.report);
    return service;
  }

  /** `change` gets what the file says now. */
  saveService(identifier: string, change: (before: StoredService) => StoredService): void {
    const file = this.fileOf(identifier);
    this.folder.write(file, (previous) => {
      const before = readStoredService(file, identifier, previous, []) ?? {};
      return writeStoredService(identifier, change(before), previous);
    });
  }

  /** Forgets a service with its folder, statistics included. */
  removeService(identifier: string): void {
    this.fileOf(identifier);
    this.folder.remove(identifier);
  }

  private fileOf(identifier: string): string {
    invariant(identifierPattern.test(identifier), `${JSON.stringify(identifier)} is no service identifier`);
    return `${this.folder.root}/${identifier}/settings`;
  }
}
