/**
 * IPv6 addresses of a link that each service has for itself (RFC 7217, ADR 33): the kernel makes them of a secret that it is given,
 * the prefix and the hardware address, and again another one where that is taken.
 */

import { type Logger, OsError } from '@connman/base';
import { MachineSecret } from '@connman/contracts';
import { ipv6FromBytes, parseIpv6 } from '@connman/inet';
import type { Entropy, Files, Sysctl } from '@connman/ports';
import { generationPath, madeOfHardware, madeOfSecret } from '../model/ipconfig/address-generation';
import type { BorrowedValues } from './borrowed-values';

export interface StableAddressesOptions {
  readonly files: Files;
  readonly sysctl: Sysctl;
  readonly borrowed: Pick<BorrowedValues, 'takeSysctl' | 'hasSysctl'>;
  readonly entropy: Entropy;
  readonly log: Logger;
  /** Path of the machine's secret; it is made when it is first needed. */
  readonly secretFile: string;
}

export class StableAddresses {
  private readonly options: StableAddressesOptions;
  private readonly secret: MachineSecret;

  constructor(options: StableAddressesOptions) {
    this.options = options;
    const { secretFile: file, ...ports } = options;
    this.secret = new MachineSecret({ ...ports, file, consequence: 'IPv6 addresses become others' });
  }

  /** Addresses that are made from now on are the service's. What an administrator has set stands. Throws OsError when it cannot. */
  begin(interfaceName: string, service: string): void {
    const { borrowed } = this.options;
    const path = generationPath(interfaceName);
    if (borrowed.hasSysctl(path)) return this.give(interfaceName, service);
    // The kernel goes by a secret from the moment it has one: what it went by before is kept first.
    borrowed.takeSysctl(path, madeOfSecret, madeOfHardware, () => this.give(interfaceName, service));
  }

  /** To the kernel; one that it has already is not given again. */
  private give(interfaceName: string, service: string): void {
    const path = `net/ipv6/conf/${interfaceName}/stable_secret`;
    const secret = ipv6FromBytes(this.secret.derive(`IPv6 of ${service}`));
    if (this.held(path) !== secret) this.options.sysctl.write(path, secret);
  }

  private held(path: string): string | undefined {
    try {
      return parseIpv6(this.options.sysctl.read(path) ?? '');
    } catch (error) {
      // EIO: it has none yet.
      if (error instanceof OsError) return undefined;
      throw error;
    }
  }
}
