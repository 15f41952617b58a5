/**
 * Values of the machine that we change for a while. What each was before us is in a file below the run folder, so that the next
 * run can give it back after a crash. A value that another program has changed since is that program's, and stays.
 */
import type { Logger } from '@connman/base';
import type { Files, Sysctl } from '@connman/ports';
import type { Borrowed, FormerlyBorrowed } from '../model/borrowed';
import { Attempts } from './attempts';
import { isObject, parseJson } from './json';

export interface BorrowedValuesOptions {
  readonly files: Files;
  readonly sysctl: Sysctl;
  readonly runFolder: string;
  /** /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
  readonly log: Logger;
}

export class BorrowedValues {
  private readonly options: BorrowedValuesOptions;
  private readonly file: string;
  private readonly sysctls = new Map<string, Borrowed<string>>();
  private readonly mtus = new Map<number, Borrowed<number>>();
  private readonly attempts: Attempts;

  /** Takes up what a former run of this boot has left. */
  constructor(options: BorrowedValuesOptions) {
    this.options = options;
    this.attempts = new Attempts(options.log, 'after a crash MTU, host name and rp_filter stay as they are now');
    this.file = `${options.runFolder}/borrowed`;
    this.attempts.run(() => this.load(options.files.read(this.file) ?? ''));
  }

  get former(): FormerlyBorrowed {
    return { mtus: [...this.mtus], sysctls: [...this.sysctls.keys()] };
  }

  /**
   * Writes the value, in place of `instead` alone if that is given; `prepare` runs before, when what was there is kept already. Throws
   * OsError when it cannot.
   */
  takeSysctl(path: string, value: string, instead?: string, prepare?: () => void): void {
    const { sysctl } = this.options;
    const current = sysctl.read(path);
    if (current === undefined || current === value || (instead !== undefined && current !== instead)) return;
    const known = this.sysctls.get(path);
    const before = known?.ours === current ? known.before : current;
    this.sysctls.set(path, { before, ours: value });
    this.save();
    prepare?.();
    sysctl.write(path, value);
  }

  hasSysctl(path: string): boolean {
    return this.sysctls.has(path);
  }

  /** The value that was given back, if one was. Throws OsError when it cannot. */
  giveBackSysctl(path: string): string | undefined {
    const { sysctl } = this.options;
    const known = this.sysctls.get(path);
    if (!known) return undefined;
    const isOurs = sysctl.read(path) === known.ours;
    if (isOurs) sysctl.write(path, known.before);
    this.sysctls.delete(path);
    this.save();
    return isOurs ? known.before : undefined;
  }

  /** The MTU of a link; undefined when it is given back. */
  keepMtu(ifindex: number, mtu: Borrowed<number> | undefined): void {
    if (mtu) this.mtus.set(ifindex, mtu);
    else this.mtus.delete(ifindex);
    this.save();
  }

  private load(text: string): void {
    const value = parseJson(text);
    if (!isObject(value) || value.bootId !== this.options.bootId) return;
    for (const [path, one] of entries(value.sysctls)) {
      const { before, ours } = one;
      if (typeof before === 'string' && typeof ours === 'string') this.sysctls.set(path, { before, ours });
    }
    for (const [ifindex, one] of entries(value.mtus)) {
      const { before, ours } = one;
      if (Number.isInteger(before) && Number.isInteger(ours))
        this.mtus.set(Number(ifindex), { before: before as number, ours: ours as number });
    }
  }

  /** A run folder that is missing is not made: where it is, resolv.conf is looked for in it. */
  private save(): void {
    const { files, runFolder, bootId } = this.options;
    const sysctls = Object.fromEntries(this.sysctls);
    const mtus = Object.fromEntries(this.mtus);
    this.attempts.run(() => {
      if (this.sysctls.size + this.mtus.size === 0) files.remove(this.file);
      else if (files.status(runFolder))
        files.writeAtomic(this.file, `${JSON.stringify({ bootId, sysctls, mtus })}\n`, 0o600);
    });
  }
}

function entries(value: unknown): (readonly [string, Readonly<Record<string, unknown>>])[] {
  return isObject(value) ? Object.entries(value).flatMap(([key, one]) => (isObject(one) ? [[key, one]] : [])) : [];
}
