/** DHCPv4: a lease, what a former run left on the link until the server has spoken, RFC 3927 while no server answers. */
import { usedOf } from '../dhcp-state';
import { missing } from './missing';
import type { IpSource } from './source';

export const dhcp4: IpSource = {
  name: 'dhcp',
  family: 4,
  isWanted: ({ settings, link }) =>
    settings.ipv4.method === 'dhcp' && !link.isOwner && (!link.provided || link.provided.dhcp4 === true),
  contribution: ({ connection }) => usedOf(connection.dhcp4),
  pending: ({ connection, link }, observed) => {
    const used = usedOf(connection.dhcp4);
    if (!used) return ['no-lease'];
    return used.source === 'adopted' ? ['lease-unconfirmed'] : missing(used, link.ifindex, observed, 4);
  },
};
