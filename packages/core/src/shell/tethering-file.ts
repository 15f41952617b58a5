/** What is shared, in a file below the run folder: after a crash the next run goes on with it, and clients keep their addresses. */
import { type Instant, instant, type Logger } from '@connman/base';
import { type Ipv6Address, parseIpv4, parseIpv6 } from '@connman/inet';
import type { Files } from '@connman/ports';
import { technologyTypesInOrder } from '../model/technology/kinds';
import type { FormerPrefix, SharedPrefix } from '../model/tethering/network6';
import type { KeptTethering } from '../model/tethering/tethering';
import { Attempts } from './attempts';
import { isObject, parseJson } from './json';

export interface TetheringFileOptions {
  readonly files: Files;
  readonly runFolder: string;
  /** /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
  readonly log: Logger;
}

export class TetheringFile {
  private readonly options: TetheringFileOptions;
  private readonly file: string;
  private readonly attempts: Attempts;

  constructor(options: TetheringFileOptions) {
    this.options = options;
    this.file = `${options.runFolder}/tethering`;
    this.attempts = new Attempts(options.log, 'after a crash connections are no longer shared');
  }

  /** Undefined if nothing was shared in this boot. */
  read(): KeptTethering | undefined {
    let text = '';
    this.attempts.run(() => {
      text = this.options.files.read(this.file) ?? '';
    });
    return decodeTethering(text, this.options.bootId);
  }

  /** A run folder that is missing is not made: where it is, resolv.conf is looked for in it. */
  keep(kept: KeptTethering | undefined): void {
    const { files, runFolder, bootId } = this.options;
    this.attempts.run(() => {
      if (!kept) files.remove(this.file);
      else if (files.status(runFolder)) files.writeAtomic(this.file, `${JSON.stringify({ bootId, ...kept })}\n`, 0o600);
    });
  }
}

/** Undefined for what is not of this boot or is not what it should be. */
export function decodeTethering(text: string, bootId: string): KeptTethering | undefined {
  const value = parseJson(text);
  if (!isObject(value) || value.bootId !== bootId || !Array.isArray(value.shared)) return undefined;
  const network = typeof value.network === 'string' ? parseIpv4(value.network) : undefined;
  const shared = value.shared.flatMap((one) => {
    const type = isObject(one) ? technologyTypesInOrder.find((known) => known === one.type) : undefined;
    if (!type) return [];
    return typeof one.uplink === 'string' ? [{ type, uplink: one.uplink }] : [{ type }];
  });
  const prefix = network && prefixOf(value.prefix);
  const formerPrefixes = Array.isArray(value.formerPrefixes) ? value.formerPrefixes.flatMap(formerPrefixOf) : [];
  const lent = lentOf(value.lent);
  return {
    ...(network && { network }),
    ...(lent && { lent }),
    ...(prefix && { prefix }),
    ...(network && formerPrefixes.length > 0 && { formerPrefixes }),
    shared: network || lent ? shared : [],
  };
}

function lentOf(value: unknown): KeptTethering['lent'] {
  if (!isObject(value) || typeof value.name !== 'string' || typeof value.isThrough !== 'boolean') return undefined;
  const ports = Array.isArray(value.ports) ? value.ports.filter((one) => typeof one === 'string') : [];
  return { name: value.name, isThrough: value.isThrough, ports };
}

function prefixOf(value: unknown): SharedPrefix | undefined {
  const prefix = isObject(value) ? addressOf(value.prefix) : undefined;
  if (!isObject(value) || !prefix || typeof value.isOwn !== 'boolean') return undefined;
  const preferredUntil = momentOf(value.preferredUntil);
  const validUntil = momentOf(value.validUntil);
  return {
    ...{ prefix, isOwn: value.isOwn },
    ...(preferredUntil !== undefined && { preferredUntil }),
    ...(validUntil !== undefined && { validUntil }),
  };
}

function formerPrefixOf(value: unknown): FormerPrefix[] {
  const prefix = isObject(value) ? addressOf(value.prefix) : undefined;
  const until = isObject(value) ? momentOf(value.until) : undefined;
  return prefix && until !== undefined ? [{ prefix, until }] : [];
}

function addressOf(value: unknown): Ipv6Address | undefined {
  return typeof value === 'string' ? parseIpv6(value) : undefined;
}

function momentOf(value: unknown): Instant | undefined {
  return Number.isFinite(value) ? instant(value as number) : undefined;
}
