/** What the fake kernel is asked for, and why it refuses. */
import type { IpAddress, MacAddress, Prefix } from '@connman/inet';
import type { LinkFact } from '@connman/netlink';

/** The errno of a refused request. */
export type Refusal =
  | 'EADDRNOTAVAIL'
  | 'EBUSY'
  | 'EEXIST'
  | 'EINVAL'
  | 'ENETDOWN'
  | 'ENETUNREACH'
  | 'ENOBUFS'
  | 'ENODEV'
  | 'ENOENT'
  | 'ESRCH';

export interface NewLink extends Partial<Omit<LinkFact, 'carrier' | 'operstate'>> {
  readonly name: string;
  readonly mac: MacAddress;
  /** Whether there is a live cable; true if not given. */
  readonly plugged?: boolean;
}

export interface NewAddress {
  readonly ifindex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly broadcast?: IpAddress;
  /** For ever if not given. */
  readonly validSeconds?: number;
  readonly protocol?: number;
  /** IFA_F_TEMPORARY (RFC 8981). */
  readonly temporary?: boolean;
}

export interface NewRoute {
  readonly ifindex: number;
  readonly destination: Prefix;
  readonly gateway?: IpAddress;
  readonly metric?: number;
  /** Main if not given. */
  readonly table?: number;
  readonly protocol?: number;
  /** RTN_: unicast if not given. */
  readonly type?: number;
}
