/** Gives this host the names its default network offers, and its own ones back when that network goes. */
import { type Logger, OsError } from '@connman/base';
import type { Sysctl } from '@connman/ports';
import {
  hostnameChange,
  type NamePolicy,
  nameForNameless,
  type OfferedNames,
} from '../../model/hostname/hostname-change';
import type { BorrowedValues } from '../borrowed-values';

const hostnameSetting = 'kernel/hostname';
const domainnameSetting = 'kernel/domainname';

export class HostnameKeeper {
  private readonly sysctl: Sysctl;
  private readonly borrowed: Pick<BorrowedValues, 'takeSysctl' | 'giveBackSysctl'>;
  private readonly log: Logger;
  private readonly policy: NamePolicy;
  private lastComplaint = '';

  /** A host without a name is called localhost from here on. */
  constructor(
    sysctl: Sysctl,
    borrowed: Pick<BorrowedValues, 'takeSysctl' | 'giveBackSysctl'>,
    log: Logger,
    policy: NamePolicy,
  ) {
    this.sysctl = sysctl;
    this.borrowed = borrowed;
    this.log = log;
    this.policy = policy;
    this.attempt(() => {
      const name = nameForNameless(sysctl.read(hostnameSetting) ?? '');
      if (name === undefined) return;
      sysctl.write(hostnameSetting, name);
      log.info(`host name set to ${name}`);
    });
  }

  /** The default service has this to say; what it does not say is as it was before any service did. */
  follow(offer: OfferedNames): void {
    this.attempt(() => {
      if (offer.hostname === '') this.giveBack(hostnameSetting, 'host name');
      if (offer.domain === '') this.giveBack(domainnameSetting, 'domain name');
      const hostname = this.sysctl.read(hostnameSetting) ?? '';
      const domainname = this.sysctl.read(domainnameSetting) ?? '';
      for (const change of hostnameChange(offer, { hostname, domainname }, this.policy)) {
        if (change.kind === 'refused') this.complain(`name offered by DHCP not used: ${change.reason}`);
        else if (change.kind === 'hostname') this.set(hostnameSetting, 'host name', change.name);
        else this.set(domainnameSetting, 'domain name', change.name);
      }
    });
  }

  private set(setting: string, what: string, name: string): void {
    this.borrowed.takeSysctl(setting, name);
    this.log.info(`${what} set to ${name}`);
  }

  private giveBack(setting: string, what: string): void {
    const name = this.borrowed.giveBackSysctl(setting);
    if (name !== undefined) this.log.info(`${what} set to ${name} again`);
  }

  private attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.complain(`host name: ${error.message}`);
    }
  }

  /** A lease is renewed with the same fault again and again. */
  private complain(message: string): void {
    if (message !== this.lastComplaint) this.log.warning(message);
    this.lastComplaint = message;
  }
}
