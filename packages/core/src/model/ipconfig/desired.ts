/** Desired: the addresses, routes and rules we want the kernel to have, as opposed to Observed, what it says it has. */
import type { Instant } from '@connman/base';
import type { Family, IpAddress, MacAddress, Prefix } from '@connman/inet';

export interface DesiredAddress {
  readonly ifindex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly broadcast?: IpAddress;
  /** Absent: for ever. */
  readonly validUntil?: Instant;
}

export interface DesiredRoute {
  readonly ifindex: number;
  readonly family: Family;
  readonly destination: Prefix;
  readonly gateway?: IpAddress;
  readonly metric: number;
  /** RTN_: unicast if not given. */
  readonly type?: number;
  /** The link's own (tableOfLink); main if not given. */
  readonly table?: number;
}

/** Packets that match look their route up in the table; where it has none the next rule counts. */
export interface DesiredRule {
  readonly family: Family;
  /** Lower ones count first. */
  readonly priority: number;
  readonly table: number;
  readonly source?: Prefix;
  readonly destination?: Prefix;
  /** Of sockets of these user ids. */
  readonly users?: { readonly from: number; readonly to: number };
  /** 0: default routes of the table do not count. */
  readonly suppressPrefixLength?: number;
}

export interface DesiredLink {
  readonly ifindex: number;
  /** Administratively up or down; absent: as it is. */
  readonly up?: boolean;
  /** Absent: as it is. */
  readonly mtu?: number;
  /** ifindex of its bridge, 0 for none; absent: as it is. */
  readonly master?: number;
  /** Of a link that we have made: it is to be removed. */
  readonly gone?: true;
}

/** A bridge of ours that is to exist; a DesiredLink from then on. */
export interface DesiredBridge {
  readonly name: string;
  readonly mac: MacAddress;
}

export interface Desired {
  /** Absent: none is missing. */
  readonly bridge?: DesiredBridge;
  readonly links: readonly DesiredLink[];
  readonly addresses: readonly DesiredAddress[];
  /** On-link routes stand before the routes through gateways they make reachable. */
  readonly routes: readonly DesiredRoute[];
  readonly rules: readonly DesiredRule[];
}
