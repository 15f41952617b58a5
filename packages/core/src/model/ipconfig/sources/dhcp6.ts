/** DHCPv6 (RFC 8415): addresses where routers say that they are managed, and what a server says besides. */
import { missing } from './missing';
import type { IpSource } from './source';

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
