/** What the DHCPv4 client machine remembers, hears and wants done (RFC 2131 section 4.4 and figure 5). */
import type { Instant } from '@connman/base';
import type { Dhcp4Lease } from '@connman/contracts';
import type { Ipv4Address, MacAddress } from '@connman/inet';
import type { ServerReply } from './reply';

/** A lease with its moments; those of an infinite lease never come. */
export interface Held {
  readonly lease: Dhcp4Lease;
  /** The request that was acknowledged. */
  readonly since: Instant;
  readonly t1At: Instant;
  readonly t2At: Instant;
  readonly expiresAt: Instant;
  /** Where the server's or relay's packets come from. */
  readonly serverMac: MacAddress;
}

export interface Exchange {
  readonly xid: number;
  /** The first transmission, and the latest. */
  readonly startedAt: Instant;
  readonly sentAt: Instant;
  /** Transmissions so far. */
  readonly sent: number;
  readonly resendAt: Instant;
}

export interface Offer {
  readonly address: Ipv4Address;
  readonly server: Ipv4Address;
}

/** What outlives one attempt to get a lease. */
export interface Search {
  /** Start of the time without a lease; the `secs` field counts from here. */
  readonly since: Instant;
  readonly conflictDetection: boolean;
  /** The address held last, asked for again. */
  readonly preferred?: Ipv4Address | undefined;
  /** A lease not yet over that is being confirmed or replaced. */
  readonly held?: Held | undefined;
  /** The held lease was handed out again because no one answered. */
  readonly reused: boolean;
  /** Attempts in a row that ended in DHCPNAK or without an answer to a DHCPREQUEST. */
  readonly failures: number;
  /** Servers of such attempts: others are preferred to them. */
  readonly avoided: readonly Ipv4Address[];
  /** Address conflicts in a row. */
  readonly conflicts: number;
  /** A link-local address is sought or in use meanwhile. */
  readonly linkLocal: boolean;
}

export interface Stopped {
  readonly kind: 'stopped';
}

/** INIT, waiting: after a conflict, or because servers refuse. */
export interface Init {
  readonly kind: 'init';
  readonly search: Search;
  readonly resumeAt: Instant;
}

/** DHCPDISCOVER is out. In REBOOTING, a DHCPREQUEST for the last address is, and DHCPDISCOVER joins it when it stays unanswered. */
export interface Looking {
  readonly kind: 'selecting' | 'rebooting';
  readonly search: Search;
  readonly exchange: Exchange;
  /** Set in REBOOTING. */
  readonly reboot?: { readonly xid: number; readonly address: Ipv4Address } | undefined;
  /** From a server to be avoided: taken if no one else offers. */
  readonly fallback?: Offer | undefined;
}

export interface Requesting {
  readonly kind: 'requesting';
  readonly search: Search;
  readonly exchange: Exchange;
  readonly offer: Offer;
  readonly cautious: boolean;
  /** That of the DHCPDISCOVER (RFC 2131 section 3.1 item 3). */
  readonly secs: number;
}

/** The lease is ours but for the probe of its address (RFC 5227). */
export interface Probing {
  readonly kind: 'probing';
  readonly search: Search;
  readonly next: Held;
}

export interface Bound {
  readonly kind: 'bound';
  readonly conflictDetection: boolean;
  readonly held: Held;
}

export interface Extending {
  readonly kind: 'renewing' | 'rebinding';
  readonly conflictDetection: boolean;
  readonly held: Held;
  readonly exchange: Exchange;
}

export type ClientState = Stopped | Init | Looking | Requesting | Probing | Bound | Extending;

export type ClientEvent = { readonly now: Instant /** 0 .. 2^32-1 */; readonly random: number } & (
  | {
      readonly kind: 'start';
      readonly lastAddress?: Ipv4Address | undefined;
      /** A lease from before the start, which began at `since`. */
      readonly held?: { readonly lease: Dhcp4Lease; readonly since: Instant } | undefined;
      readonly conflictDetection: boolean;
    }
  /** The link was away for a moment. */
  | { readonly kind: 'renew' }
  | { readonly kind: 'stop'; readonly release: boolean }
  | { readonly kind: 'reply'; readonly reply: ServerReply }
  /** A deadline of the state has come. */
  | { readonly kind: 'time' }
  /** No one else has the probed address. */
  | { readonly kind: 'probed' }
  /** Another host has the probed or the used address, and it is to be given up. */
  | { readonly kind: 'conflict'; readonly mac: MacAddress }
);

/** What to send; the shell adds who we are. Where an address is absent its field or option is. */
export interface Outgoing {
  readonly type: 'discover' | 'request' | 'decline' | 'release';
  readonly xid: number;
  readonly secs: number;
  /** Ask for a broadcast answer, and a short one. */
  readonly cautious: boolean;
  /** The client has this address and can receive at it. */
  readonly ciaddr?: Ipv4Address;
  /** Option 50. */
  readonly requestedAddress?: Ipv4Address | undefined;
  /** Option 54. */
  readonly server?: Ipv4Address;
  /** To this server alone, not to the broadcast address. */
  readonly unicastTo?: { readonly address: Ipv4Address; readonly mac: MacAddress };
}

export type ClientEffect =
  | { readonly kind: 'send'; readonly message: Outgoing }
  /** `fresh`: the address was not in use before this. */
  | { readonly kind: 'bound'; readonly lease: Dhcp4Lease; readonly since: Instant; readonly fresh: boolean }
  /** Also of an address that was asked for again, and may be on the link from before the start. */
  | { readonly kind: 'lost'; readonly reason: 'expired' | 'refused' | 'conflict'; readonly address: Ipv4Address }
  /** Probe the address before its first use. */
  | { readonly kind: 'probe'; readonly address: Ipv4Address }
  /** No longer probe or defend an address of a lease. */
  | { readonly kind: 'unprobe' }
  /** Seek an address of RFC 3927, or give it up. */
  | { readonly kind: 'link-local'; readonly wanted: boolean }
  | { readonly kind: 'log'; readonly level: 'warning' | 'info' | 'debug'; readonly text: string };
