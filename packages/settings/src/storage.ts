/** The folder /var/lib/connman over the Files port: what is remembered of services and of the whole. */
import { invariant, OsError } from '@connman/base';
import type { Files } from '@connman/ports';
import { type Problem, summarised } from './problem';
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
  private readonly files: Files;
  private readonly root: string;
  private readonly report: (problem: Problem) => void;

  constructor(options: {
    readonly files: Files;
    /** /var/lib/connman. */
    readonly root: string;
    readonly report: (problem: Problem) => void;
  }) {
    this.files = options.files;
    this.root = options.root;
    this.report = options.report;
  }

  global(): StoredGlobal {
    const file = `${this.root}/settings`;
    const problems: Problem[] = [];
    const global = readStoredGlobal(file, this.read(file) ?? '', problems);
    summarised(problems).forEach(this.report);
    return global;
  }

  /** `change` gets what the file says now. */
  saveGlobal(change: (before: StoredGlobal) => StoredGlobal): void {
    const file = `${this.root}/settings`;
    this.write(file, (previous) => writeStoredGlobal(change(readStoredGlobal(file, previous, [])), previous));
  }

  /** All that are remembered, by identifier. */
  services(): ReadonlyMap<string, StoredService> {
    const services = new Map<string, StoredService>();
    for (const identifier of this.files.list(this.root)) {
      const service = servicePattern.test(identifier) ? this.service(identifier) : undefined;
      if (service) services.set(identifier, service);
    }
    return services;
  }

  /** Undefined if nothing is remembered of it. */
  service(identifier: string): StoredService | undefined {
    const file = this.fileOf(identifier);
    const content = this.read(file);
    if (content === undefined) return undefined;
    const problems: Problem[] = [];
    const service = readStoredService(file, identifier, content, problems);
    summarised(problems).forEach(this.report);
    return service;
  }

  /** `change` gets what the file says now. */
  saveService(identifier: string, change: (before: StoredService) => StoredService): void {
    const file = this.fileOf(identifier);
    this.write(file, (previous) => {
      const before = readStoredService(file, identifier, previous, []) ?? {};
      return writeStoredService(identifier, change(before), previous);
    });
  }

  /** Forgets a service with its folder, statistics included. */
  removeService(identifier: string): void {
    this.fileOf(identifier);
    this.files.remove(`${this.root}/${identifier}`);
  }

  private fileOf(identifier: string): string {
    invariant(identifierPattern.test(identifier), `${JSON.stringify(identifier)} is no service identifier`);
    return `${this.root}/${identifier}/settings`;
  }

  private read(file: string): string | undefined {
    try {
      return this.files.read(file);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.report({ file, line: 0, found: error.message, expected: 'a readable file; it counts as empty' });
      return undefined;
    }
  }

  /** A file that exists and cannot be read now is not replaced: keys that are not ours would be lost with it. */
  private write(file: string, change: (previous: string) => string): void {
    const previous = this.files.read(file);
    const content = change(previous ?? '');
    if (content !== previous) this.files.writeAtomic(file, content, 0o600);
  }
}
