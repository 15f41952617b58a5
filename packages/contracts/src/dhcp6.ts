/** The DHCPv6 client (RFC 8415) as connmand sees it: its request, its lease, its events. */
import type { Duid, Ipv6Address, Prefix } from '@connman/inet';

/** One DHCPv6 client to run. The link needs a link-local address that is not tentative; the client waits for it. */
export interface Dhcp6Request {
  readonly family: 6;
  readonly ifindex: number;
  readonly interfaceName: string;
  /** `stateful`: addresses or prefixes and other configuration (M flag); `stateless`: other configuration (O flag), then a prefix if wanted. */
  readonly mode: 'stateful' | 'stateless';
  /** Who we are, on every link and for good (section 11). */
  readonly duid: Duid;
  /** The identity association of this link, 0 .. 2^32-1, the same at each start (section 12); used for IA_NA and IA_PD. */
  readonly iaid: number;
  /** Ask for an address (IA_NA). Of no account when stateless. */
  readonly address: boolean;
  /** Ask for a delegated prefix (IA_PD) of about this length; 0 leaves the length to the server, absent asks for none. */
  readonly prefixLength?: number;
  /** Client FQDN (option 39, RFC 4704); not sent when empty. */
  readonly hostname: string;
  /**
   * A lease of this network that is not over: it is confirmed (addresses alone) or rebound (prefixes, held or wanted) instead of
   * solicited; prefixes of it that are not wanted are released.
   */
  readonly held?: Dhcp6Held;
}

export interface Dhcp6Held {
  readonly lease: Dhcp6Lease;
  /** Seconds since the message that was answered; the lifetimes have these less left. */
  readonly ageSeconds: number;
}

/** Lifetimes in seconds; 4294967295 is for ever. */
export interface Dhcp6Lifetimes {
  readonly preferredSeconds: number;
  readonly validSeconds: number;
}

/** An address of IA_NA; its prefix length is 128: what is on the link, the router says. */
export interface Dhcp6Address extends Dhcp6Lifetimes {
  readonly address: Ipv6Address;
}

/** A prefix of IA_PD, for links behind this machine; an unreachable route to it belongs into the kernel (RFC 8415 section 21.22). */
export interface Dhcp6Prefix extends Dhcp6Lifetimes {
  readonly prefix: Prefix<Ipv6Address>;
}

/** What a server says besides addresses. */
export interface Dhcp6Configuration {
  /** Option 23 (RFC 3646). */
  readonly nameservers: readonly Ipv6Address[];
  /** Option 24 (RFC 3646). */
  readonly searchDomains: readonly string[];
  /** Options 56 (RFC 5908) and 31 (RFC 4075): addresses and names. */
  readonly timeservers: readonly string[];
  /** Option 103 (RFC 8910); empty if there was none. */
  readonly captivePortalUrl: string;
}

export interface Dhcp6Lease {
  /** The server that gave the lease. */
  readonly server: Duid;
  readonly addresses: readonly Dhcp6Address[];
  readonly prefixes: readonly Dhcp6Prefix[];
  readonly configuration: Dhcp6Configuration;
  /** Seconds from the message that was answered; 4294967295 is never. */
  readonly t1Seconds: number;
  readonly t2Seconds: number;
}

export type Dhcp6Event = { readonly family: 6; readonly ifindex: number } & (
  | /** A lease is in force: the first one, a renewed, a changed or a confirmed one. What it no longer holds must go. */
  ({ readonly kind: 'bound' } & Dhcp6Held)
  /** Stateless: what the server says now. The client asks again by itself (section 18.2.12). */
  | { readonly kind: 'configured'; readonly configuration: Dhcp6Configuration }
  /** The lease is over, or its addresses are not for this link; they must go at once. The client goes on by itself. */
  | { readonly kind: 'lost'; readonly reason: 'expired' | 'refused' | 'not-on-link' | 'conflict' }
  /** No server has answered for a while; said once. The client goes on by itself. */
  | { readonly kind: 'silent' }
  /** The client cannot run: the reason, in words. It has stopped. */
  | { readonly kind: 'failed'; readonly reason: string }
);
