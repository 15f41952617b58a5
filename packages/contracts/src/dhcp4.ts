/** The DHCPv4 client as connmand sees it: its request, its lease, its events. */
import type { Ipv4Address, MacAddress, Prefix } from '@connman/inet';

/** One DHCPv4 client to run: a link and what to tell its server. */
export interface Dhcp4Request {
  readonly family: 4;
  readonly ifindex: number;
  readonly interfaceName: string;
  readonly mac: MacAddress;
  /** Option 12; not sent when empty. */
  readonly hostname: string;
  /** Option 60 (VendorClassID of main.conf); not sent when empty. */
  readonly vendorClassId: string;
  /** The address held last on this network, asked for again (INIT-REBOOT, RFC 2131 section 3.2). */
  readonly lastAddress?: Ipv4Address;
  /** A lease of this network that is not over, from before a restart or a moment without carrier. Goes before `lastAddress`. */
  readonly held?: Dhcp4Held;
  /** Probe an address before its first use (RFC 5227; AddressConflictDetection of main.conf). */
  readonly conflictDetection: boolean;
}

export interface Dhcp4Held {
  readonly lease: Dhcp4Lease;
  /** Seconds since the request that was acknowledged: the lease has `leaseSeconds` less these left. */
  readonly ageSeconds: number;
}

/** A route of option 121 (RFC 3442), or of option 3. A gateway of 0.0.0.0 means the destination is on the link. */
export interface Dhcp4Route {
  readonly destination: Prefix<Ipv4Address>;
  readonly gateway: Ipv4Address;
}

export interface Dhcp4Lease {
  readonly address: Ipv4Address;
  readonly prefixLength: number;
  /** The server that gave the lease (option 54). */
  readonly server: Ipv4Address;
  /** Option 121 if present, else the first router of option 3 as a default route; in the server's order, at most 256. */
  readonly routes: readonly Dhcp4Route[];
  readonly nameservers: readonly Ipv4Address[];
  /** Option 15; empty if there was none. */
  readonly domain: string;
  /** Option 119, or the several names of an option 15. */
  readonly searchDomains: readonly string[];
  readonly timeservers: readonly Ipv4Address[];
  /** Option 26, when it is between 1280 and 65535; 0 otherwise. */
  readonly mtu: number;
  /** Option 12 of the answer; empty if there was none. */
  readonly hostname: string;
  /** Option 252 (WPAD); empty if there was none. */
  readonly proxyAutoConfigUrl: string;
  /** Option 114 (RFC 8910); empty if there was none. */
  readonly captivePortalUrl: string;
  /** Option 43 holds ANDROID_METERED: a phone shares a connection that is paid by the byte. */
  readonly metered: boolean;
  /** Lease, T1 and T2 in seconds from the moment of the request that was acknowledged; 4294967295 is for ever. */
  readonly leaseSeconds: number;
  readonly t1Seconds: number;
  readonly t2Seconds: number;
}

export type Dhcp4Event = { readonly family: 4; readonly ifindex: number } & (
  | /** A lease is in force: the first one, a renewed, a changed or a still valid one. The address is to be used now. */
  ({ readonly kind: 'bound' } & Dhcp4Held)
  /**
   * The address is no longer ours and must go from the link at once, also if another program configured it (RFC 2131 section
   * 3.2 item 4): that of the lease, or of the request (`held`, `lastAddress`), or the link-local one. The client goes on by itself.
   */
  | {
      readonly kind: 'lost';
      readonly reason: 'expired' | 'refused' | 'conflict';
      readonly address: Ipv4Address;
    }
  /** No server has answered (again); `linkLocal` is the address of RFC 3927 to use meanwhile. The client goes on by itself. */
  | { readonly kind: 'silent'; readonly linkLocal: Ipv4Address }
  /** Another host answered for an address of ours. */
  | { readonly kind: 'conflict'; readonly address: Ipv4Address; readonly mac: MacAddress }
  /** The client cannot run: the reason, in words. It has stopped. */
  | { readonly kind: 'failed'; readonly reason: string }
);
