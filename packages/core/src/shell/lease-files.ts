/**
 * The leases in force, a file each below the run folder: a restart finds there what the kernel does not keep of a lease. The
 * folder does not outlive a boot, and neither do the moments in the files.
 */
import { instant, type Logger } from '@connman/base';
import type { Dhcp4Lease, Dhcp6Lease } from '@connman/contracts';
import type { Files } from '@connman/ports';
import type { Kept } from '../model/ipconfig/kept-lease';
import { Attempts } from './attempts';
import { isObject, parseJson } from './json';

export interface LeaseFilesOptions {
  readonly files: Files;
  readonly runFolder: string;
  /** /proc/sys/kernel/random/boot_id: a folder that outlives the boot is a container's on a disk. */
  readonly bootId: string;
  readonly log: Logger;
}

/** Of one family. */
export class LeaseFiles<L extends Dhcp4Lease | Dhcp6Lease> {
  private readonly options: LeaseFilesOptions;
  private readonly folder: string;
  private readonly leaseOf: (value: unknown) => L | undefined;
  private readonly attempts: Attempts;

  /** @param folder its name below the run folder. */
  constructor(folder: string, leaseOf: (value: unknown) => L | undefined, options: LeaseFilesOptions) {
    this.options = options;
    this.leaseOf = leaseOf;
    this.attempts = new Attempts(options.log, 'a restart takes up addresses without the rest of their leases');
    this.folder = `${options.runFolder}/${folder}`;
  }

  /** By service identifier. What is no lease of this boot is removed. */
  read(): ReadonlyMap<string, Kept<L>> {
    const { files } = this.options;
    const leases = new Map<string, Kept<L>>();
    let names: readonly string[] = [];
    this.attempts.run(() => {
      names = files.list(this.folder);
    });
    for (const name of names) {
      this.attempts.run(() => {
        const kept = decodeLease(files.read(`${this.folder}/${name}`) ?? '', this.options.bootId, this.leaseOf);
        if (kept) leases.set(name, kept);
        else files.remove(`${this.folder}/${name}`);
      });
    }
    return leases;
  }

  /** A run folder that is missing is not made: where it is, resolv.conf is looked for in it. */
  keep(service: string, { lease, since }: Kept<L>): void {
    const { files, runFolder, bootId } = this.options;
    const text = JSON.stringify({ bootId, since, lease });
    this.attempts.run(() => {
      if (files.status(runFolder)) files.writeAtomic(`${this.folder}/${service}`, `${text}\n`, 0o600);
    });
  }

  drop(service: string): void {
    this.attempts.run(() => this.options.files.remove(`${this.folder}/${service}`));
  }
}

/** Undefined for what is not a lease of this boot. */
export function decodeLease<L extends Dhcp4Lease | Dhcp6Lease>(
  text: string,
  bootId: string,
  leaseOf: (value: unknown) => L | undefined,
): Kept<L> | undefined {
  const value = parseJson(text);
  if (!isObject(value) || value.bootId !== bootId) return undefined;
  const since = Number.isFinite(value.since) ? instant(value.since as number) : undefined;
  const lease = leaseOf(value.lease);
  return since === undefined || !lease ? undefined : { lease, since };
}
