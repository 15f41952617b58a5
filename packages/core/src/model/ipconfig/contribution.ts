/**
 * A contribution: the piece of IP configuration one source has to offer for one service. A lease becomes one, so does a
 * user's static configuration; nothing below this file knows where an address came from.
 */
import type { Instant } from '@connman/base';
import { after } from '@connman/base';
import type { Dhcp4Lease, Dhcp6Configuration, Dhcp6Lease, TechnologyType } from '@connman/contracts';
import { broadcastOf, type IpAddress, type Ipv4Address, ipv4Any, type Prefix, prefixLengthOf } from '@connman/inet';
import { kindOf } from '../technology/kinds';
import type { Ipv4Config, Ipv6Config } from './ip-settings';

export type Source = 'static' | 'dhcp4' | 'dhcp6' | 'ipv4ll' | 'adopted' | 'provided' | 'own-group';

export interface ContributedAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly broadcast?: IpAddress;
  /** When the address ends; absent for ever. */
  readonly validUntil?: Instant;
}

export interface ContributedRoute {
  /** Length 0 is the default route. */
  readonly destination: Prefix;
  /** Absent: the destination is on the link. */
  readonly gateway?: IpAddress;
}

export interface Contribution {
  readonly source: Source;
  readonly addresses: readonly ContributedAddress[];
  readonly routes: readonly ContributedRoute[];
  readonly nameservers: readonly IpAddress[];
  readonly domains: readonly string[];
  readonly timeservers: readonly string[];
  /** 0: leave the link's own. */
  readonly mtu: number;
  /** Where the network says whether a captive portal is in the way (RFC 8910); absent where it does not say. */
  readonly portalApi?: string;
}

const nothing = { routes: [], nameservers: [], domains: [], timeservers: [], mtu: 0 } as const;
const anywhere4: Prefix = { address: ipv4Any, length: 0 };

/** `received` is the moment of the acknowledgement, from which the lease's seconds count. */
function fromLease(lease: Dhcp4Lease, received: Instant): Contribution {
  const forever = lease.leaseSeconds === 0xffffffff;
  return {
    source: 'dhcp4',
    addresses: [
      {
        address: lease.address,
        prefixLength: lease.prefixLength,
        ...(lease.prefixLength < 31 && { broadcast: broadcastOf(lease.address, lease.prefixLength) }),
        ...(!forever && { validUntil: after(received, lease.leaseSeconds * 1000) }),
      },
    ],
    routes: lease.routes.map(({ destination, gateway }) =>
      gateway === ipv4Any ? { destination } : { destination, gateway },
    ),
    nameservers: lease.nameservers,
    domains: [...new Set([...(lease.domain ? [lease.domain] : []), ...lease.searchDomains])],
    timeservers: lease.timeservers,
    mtu: lease.mtu,
    ...(lease.captivePortalUrl !== '' && { portalApi: lease.captivePortalUrl }),
  };
}

/** `received` is the moment of the message that was answered. What is on the link, the router says: its addresses stand alone. */
export function fromLease6({ addresses, configuration }: Dhcp6Lease, received: Instant): Contribution {
  return {
    ...fromConfiguration6(configuration),
    addresses: addresses.map(({ address, validSeconds }) => ({
      address,
      prefixLength: 128,
      ...(validSeconds !== 0xffffffff && { validUntil: after(received, validSeconds * 1000) }),
    })),
  };
}

/** What a DHCPv6 server says without a lease. */
export function fromConfiguration6({
  nameservers,
  searchDomains: domains,
  timeservers,
  captivePortalUrl,
}: Dhcp6Configuration): Contribution {
  const portal = captivePortalUrl !== '' && { portalApi: captivePortalUrl };
  return { ...nothing, source: 'dhcp6', addresses: [], nameservers, domains, timeservers, ...portal };
}

/** RFC 3927: an address of 169.254/16, no gateway. */
export function fromLinkLocal(address: Ipv4Address): Contribution {
  return {
    ...nothing,
    source: 'ipv4ll',
    addresses: [{ address, prefixLength: 16, broadcast: broadcastOf(address, 16) }],
  };
}

/** A user's IPv4.Configuration with method manual. Without a netmask the address stands alone (/32). */
export function fromStatic4(config: Ipv4Config): Contribution | undefined {
  if (!config.address) return undefined;
  const prefixLength = (config.netmask && prefixLengthOf(config.netmask)) ?? 32;
  return {
    ...nothing,
    source: 'static',
    addresses: [
      {
        address: config.address,
        prefixLength,
        ...(prefixLength < 31 && { broadcast: broadcastOf(config.address, prefixLength) }),
      },
    ],
    routes: config.gateway ? [{ destination: anywhere4, gateway: config.gateway }] : [],
  };
}

/** A user's IPv6.Configuration with method manual. */
export function fromStatic6(config: Ipv6Config): Contribution | undefined {
  if (!config.address) return undefined;
  return {
    ...nothing,
    source: 'static',
    addresses: [{ address: config.address, prefixLength: config.prefixLength ?? 64 }],
    routes: config.gateway ? [{ destination: { address: '::' as IpAddress, length: 0 }, gateway: config.gateway }] : [],
  };
}

/** A peer is no way to anything beyond it, whatever its server says. */
export function fromLeaseOf(type: TechnologyType, lease: Dhcp4Lease, received: Instant): Contribution {
  const leased = fromLease(lease, received);
  return kindOf(type).isPeer ? { ...nothing, source: leased.source, addresses: leased.addresses } : leased;
}

/** The default gateway a contribution offers for a family. */
export function gatewayOf(contribution: Contribution, family: 4 | 6): IpAddress | undefined {
  const any = family === 4 ? '0.0.0.0' : '::';
  return contribution.routes.find((route) => route.destination.length === 0 && route.destination.address === any)
    ?.gateway;
}
