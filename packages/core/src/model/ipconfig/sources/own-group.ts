/** The owner of a group of peers has an address of the network that it gives the others addresses of (rule 215). */

import type { ConnectionLink } from '../../service/connection';
import { gatewayOf } from '../../tethering/network';
import type { Contribution } from '../contribution';
import { missing } from './missing';
import type { IpSource } from './source';

/** Ready when a peer has its address, as ConnMan is. */
export const ownGroup: IpSource = {
  name: 'own-group',
  family: 4,
  isWanted: ({ link }) => link.isOwner === true,
  contribution: ({ link }) => contributionOf(link),
  pending: ({ link }, observed) => {
    const own = contributionOf(link);
    const lacking = own ? missing(own, link.ifindex, observed, 4) : ['address-missing' as const];
    return lacking.length === 0 && link.served?.clients.length === 0 ? ['no-client'] : lacking;
  },
};

function contributionOf({ served }: ConnectionLink): Contribution | undefined {
  if (!served) return undefined;
  return {
    ...{ source: 'own-group', addresses: [gatewayOf(served.network)] },
    ...{ routes: [], nameservers: [], domains: [], timeservers: [], mtu: 0 },
  };
}
