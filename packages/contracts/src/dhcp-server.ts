/** The DHCPv4 server of a network that is shared (tethering), as connmand sees it: what to serve, who is served. */
import type { Ipv4Address, Ipv6Address, MacAddress } from '@connman/inet';

export interface DhcpServerRequest {
  readonly ifindex: number;
  readonly interfaceName: string;
  readonly mac: MacAddress;
  /** Of the server, which is the router of its clients. */
  readonly address: Ipv4Address;
  readonly prefixLength: number;
  /** The addresses to lease, both included. */
  readonly first: Ipv4Address;
  readonly last: Ipv4Address;
  readonly leaseSeconds: number;
  /** Option 6; the server itself where it answers names. */
  readonly nameservers: readonly Ipv4Address[];
  /** Option 26; 0 leaves it out. */
  readonly mtu: number;
  /** Option 114; absent leaves it out. */
  readonly captivePortal?: string;
}

/** A client whose lease is not over. */
export interface DhcpServerClient {
  readonly mac: MacAddress;
  readonly address: Ipv4Address;
  /** Option 12; empty if it gave none. */
  readonly hostname: string;
}

/** A global IPv6 address of a client, as the kernel has met it on the link. */
export interface ClientAddress6 {
  readonly mac: MacAddress;
  readonly address: Ipv6Address;
}

export type DhcpServerEvent = { readonly ifindex: number } & (
  | { readonly kind: 'clients'; readonly clients: readonly DhcpServerClient[] }
  /** All there are, where IPv6 is advertised. */
  | { readonly kind: 'addresses6'; readonly addresses: readonly ClientAddress6[] }
  /** The server cannot run: the reason, in words. It has stopped. */
  | { readonly kind: 'failed'; readonly reason: string }
);

/** A link has at most one server. */
export interface DhcpServerComponent {
  /** Starts the server of a link; one that runs is replaced and its leases are kept. */
  start(request: DhcpServerRequest): void;
  /** Ends it; the leases are remembered. Fine if none runs. */
  stop(ifindex: number): void;
}
