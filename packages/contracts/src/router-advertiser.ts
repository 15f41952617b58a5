/** The router advertisements of a network that is shared (RFC 4861 section 6.2), as connmand sees them. */
import type { Instant } from '@connman/base';
import type { Ipv6Address, MacAddress } from '@connman/inet';

export interface AdvertisementRequest {
  readonly ifindex: number;
  readonly interfaceName: string;
  readonly mac: MacAddress;
  /** The link-local address of the link, which names the router. */
  readonly source: Ipv6Address;
  /** Whether clients get out by this machine; without it they have addresses and names, and no default route. */
  readonly isDefaultRouter: boolean;
  readonly prefixes: readonly AdvertisedPrefix[];
  /** Of what is beyond this machine (RFC 4861 section 4.6.4); 0 leaves it to the link. */
  readonly mtu: number;
  /** RDNSS (RFC 8106). */
  readonly nameservers: readonly Ipv6Address[];
}

/** A /64 on the link, of which clients make their addresses (RFC 4862). */
export interface AdvertisedPrefix {
  readonly prefix: Ipv6Address;
  /** Absent for ever. From then on its lifetimes are advertised as 0 (RFC 9096 section 3.5). */
  readonly preferredUntil?: Instant;
  readonly validUntil?: Instant;
}

/** A link has at most one advertiser. */
export interface RouterAdvertiserComponent {
  /** Starts the advertiser of a link; what is new to one that runs is advertised at once. */
  start(request: AdvertisementRequest): void;
  /** Takes back what was advertised and ends. Fine if none runs. */
  stop(ifindex: number): void;
}
