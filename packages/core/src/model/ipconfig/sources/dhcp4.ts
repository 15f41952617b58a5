/** DHCPv4: a lease, what a former run left on the link until the server has spoken, RFC 3927 while no server answers. */
import type { Instant } from '@connman/base';
import type { Dhcp4Lease } from '@connman/contracts';
import type { Ipv4Address } from '@connman/inet';
import type { Contribution } from '../contribution';
import { missing } from './missing';
import type { IpSource } from './source';

export interface Dhcp4State {
  /** What was found on the link at the start and is kept until DHCP has spoken. */
  readonly adopted?: Contribution;
  /** A lease, or an address of RFC 3927 while no server answers. */
  readonly contribution?: Contribution;
  /** The address of RFC 3927 the DHCP client offered while no server answers. */
  readonly linkLocal?: Ipv4Address;
  readonly lease?: Dhcp4Lease;
}

export const dhcp4: IpSource = {
  name: 'dhcp',
  family: 4,
  isWanted: ({ settings, link }) => settings.ipv4.method === 'dhcp' && !link.provided,
  contribution: ({ connection }) => usedOf(connection.dhcp4),
  pending: ({ connection, link }, observed) => {
    const used = usedOf(connection.dhcp4);
    if (!used) return ['no-lease'];
    return used.source === 'adopted' ? ['lease-unconfirmed'] : missing(used, link.ifindex, observed, 4);
  },
};

function usedOf({ contribution, adopted }: Dhcp4State): Contribution | undefined {
  return contribution ?? adopted;
}

/** When the first of the leased addresses ends; undefined for never. */
export function leaseEnd(state: Dhcp4State): Instant | undefined {
  const ends = (usedOf(state)?.addresses ?? []).flatMap((own) => own.validUntil ?? []);
  return ends.length > 0 ? (Math.min(...ends) as Instant) : undefined;
}
