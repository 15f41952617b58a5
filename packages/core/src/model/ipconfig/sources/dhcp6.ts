/** DHCPv6 (RFC 8415): addresses where routers say that they are managed, and what a server says besides. */
import type { Instant } from '@connman/base';
import type { Ipv6Address } from '@connman/inet';
import type { Contribution } from '../contribution';
import { missing } from './missing';
import type { IpSource } from './source';

export interface Dhcp6State {
  /** A lease, what a server says without one, or addresses that a former run left on the link. */
  readonly contribution?: Contribution;
  /** Leased addresses that another host was found to have. */
  readonly declined?: readonly Ipv6Address[];
}

/** Wanted once it has something: until then what routers advertise is awaited. */
export const dhcp6: IpSource = {
  name: 'dhcp6',
  family: 6,
  isWanted: ({ settings, link, connection }) =>
    settings.ipv6.method === 'auto' && !link.provided && connection.dhcp6.contribution !== undefined,
  contribution: ({ connection }) => connection.dhcp6.contribution,
  pending: ({ connection, link }, observed) => {
    const { contribution } = connection.dhcp6;
    // Names make no address.
    if (!contribution || contribution.addresses.length === 0) return ['no-router-advertisement'];
    return missing(contribution, link.ifindex, observed, 6);
  },
};

/** When the first of the leased addresses ends; undefined for never. */
export function lease6End({ contribution }: Dhcp6State): Instant | undefined {
  const ends = (contribution?.addresses ?? []).flatMap((own) => own.validUntil ?? []);
  return ends.length > 0 ? (Math.min(...ends) as Instant) : undefined;
}
