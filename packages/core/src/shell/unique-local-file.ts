/**
 * The IPv6 prefix of this machine's own for shared connections (RFC 4193), in a file of the storage folder: drawn at random the
 * first time, and the same ever after.
 */
import type { Logger } from '@connman/base';
import { familyOf, type Ipv6Address, isPrivate, parsePrefix } from '@connman/inet';
import type { Entropy, Files } from '@connman/ports';
import { uniqueLocalOf } from '../model/tethering/network6';
import { Attempts } from './attempts';

export interface UniqueLocalFileOptions {
  readonly files: Files;
  readonly entropy: Entropy;
  readonly file: string;
  readonly log: Logger;
}

export class UniqueLocalFile {
  private readonly options: UniqueLocalFileOptions;
  private readonly attempts: Attempts;

  constructor(options: UniqueLocalFileOptions) {
    this.options = options;
    this.attempts = new Attempts(options.log, 'clients of a shared connection get another IPv6 prefix after a restart');
  }

  /** As it was kept; a fresh one, which is not kept yet, where there is none. */
  read(): Ipv6Address {
    const { entropy } = this.options;
    return this.kept() ?? uniqueLocalOf([entropy.uint32(), entropy.uint32()]);
  }

  keep(prefix: Ipv6Address): void {
    const { files, file } = this.options;
    if (this.kept() === prefix) return;
    this.attempts.run(() => files.writeAtomic(file, `${prefix}/48\n`, 0o600));
  }

  private kept(): Ipv6Address | undefined {
    let text = '';
    this.attempts.run(() => {
      text = this.options.files.read(this.options.file) ?? '';
    });
    const { address, length } = parsePrefix(text.trim()) ?? {};
    const isSound = address && length === 48 && familyOf(address) === 6 && isPrivate(address) && /^fd/.test(address);
    return isSound ? (address as Ipv6Address) : undefined;
  }
}
