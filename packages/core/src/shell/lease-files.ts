/**
 * The leases in force, a file each below the run folder: a restart finds there what the kernel does not keep of a lease. The
 * folder does not outlive a boot, and neither do the moments in the files.
 */
import { instant, type Logger } from '@connman/base';
import type { Dhcp4Lease, Dhcp4Route } from '@connman/contracts';
import { type Ipv4Address, parseIpv4 } from '@connman/inet';
import type { Files } from '@connman/ports';
import type { KeptLease } from '../model/ipconfig/kept-lease';
import { Attempts } from './attempts';
import { isObject, parseJson } from './json';

export interface LeaseFilesOptions {
  readonly files: Files;
  readonly runFolder: string;
  /** /proc/sys/kernel/random/boot_id: a folder that outlives the boot is a container's on a disk. */
  readonly bootId: string;
  readonly log: Logger;
}

export class LeaseFiles {
  private readonly options: LeaseFilesOptions;
  private readonly folder: string;
  private readonly attempts: Attempts;

  constructor(options: LeaseFilesOptions) {
    this.options = options;
    this.attempts = new Attempts(options.log, 'a restart takes up addresses without the rest of their leases');
    this.folder = `${options.runFolder}/leases`;
  }

  /** By service identifier. What is no lease of this boot is removed. */
  read(): ReadonlyMap<string, KeptLease> {
    const { files } = this.options;
    const leases = new Map<string, KeptLease>();
    let names: readonly string[] = [];
    this.attempts.run(() => {
      names = files.list(this.folder);
    });
    for (const name of names) {
      this.attempts.run(() => {
        const kept = decodeLease(files.read(`${this.folder}/${name}`) ?? '', this.options.bootId);
        if (kept) leases.set(name, kept);
        else files.remove(`${this.folder}/${name}`);
      });
    }
    return leases;
  }

  /** A run folder that is missing is not made: where it is, resolv.conf is looked for in it. */
  keep(service: string, { lease, since }: KeptLease): void {
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
export function decodeLease(text: string, bootId: string): KeptLease | undefined {
  const value = parseJson(text);
  if (!isObject(value) || value.bootId !== bootId || !isObject(value.lease)) return undefined;
  const since = Number.isFinite(value.since) ? instant(value.since as number) : undefined;
  const lease = leaseOf(value.lease);
  return since === undefined || !lease ? undefined : { lease, since };
}

type Reader<T> = (value: unknown) => T | undefined;

const text: Reader<string> = (value) => (typeof value === 'string' ? value : undefined);
const address: Reader<Ipv4Address> = (value) => parseIpv4(text(value) ?? '');
const number =
  (most: number): Reader<number> =>
  (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most ? (value as number) : undefined;
const list =
  <T>(item: Reader<T>): Reader<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value)) return undefined;
    const items = value.flatMap((one) => item(one) ?? []);
    return items.length === value.length ? items : undefined;
  };
const route: Reader<Dhcp4Route> = (value) => {
  if (!isObject(value) || !isObject(value.destination)) return undefined;
  const network = address(value.destination.address);
  const length = number(32)(value.destination.length);
  const gateway = address(value.gateway);
  if (!network || length === undefined || !gateway) return undefined;
  return { destination: { address: network, length }, gateway };
};
const seconds = number(0xffffffff);

const readers: { readonly [K in keyof Dhcp4Lease]-?: Reader<Dhcp4Lease[K]> } = {
  address,
  prefixLength: number(32),
  server: address,
  routes: list(route),
  nameservers: list(address),
  domain: text,
  searchDomains: list(text),
  timeservers: list(address),
  mtu: number(65_535),
  hostname: text,
  proxyAutoConfigUrl: text,
  captivePortalUrl: text,
  leaseSeconds: seconds,
  t1Seconds: seconds,
  t2Seconds: seconds,
};

/** Undefined if anything of it is missing or is not what it should be. */
function leaseOf(value: Readonly<Record<string, unknown>>): Dhcp4Lease | undefined {
  const lease: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(readers)) {
    lease[name] = read(value[name]);
    if (lease[name] === undefined) return undefined;
  }
  return lease as unknown as Dhcp4Lease;
}
