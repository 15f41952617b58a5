/** What a running tunnel is: its link, its addresses, and what its server told. */
import type { IpAddress } from '@connman/inet';
import type { VpnRoute } from '../provider/route';

export interface TunnelAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** The other end of a point-to-point link. */
  readonly peer?: IpAddress;
  readonly gateway?: IpAddress;
}

export interface TunnelFacts {
  readonly ifindex: number;
  /** One of a family at most. */
  readonly addresses: readonly TunnelAddress[];
  readonly nameservers: readonly IpAddress[];
  /** Search domains; the first is the tunnel's own. */
  readonly domains: readonly string[];
  readonly routes: readonly VpnRoute[];
  /** Where the tunnel's own packets go; empty if it is not known. */
  readonly servers: readonly IpAddress[];
}

/** How a tunnel, or the attempt at one, ended without our doing. */
export interface TunnelFailure {
  /** `auth`: the server refused the user's credentials; `login`: another refusal; `connect`: anything else. */
  readonly kind: 'auth' | 'login' | 'connect' | 'canceled';
  /** In words: what happened and what to do. */
  readonly reason: string;
}
