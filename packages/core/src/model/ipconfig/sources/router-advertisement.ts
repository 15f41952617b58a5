/** Method auto of IPv6: the kernel makes addresses of what routers advertise (RFC 4862), and sets the routes. */
import { familyOf, type Ipv6Address, isIpv6LinkLocal } from '@connman/inet';
import { addressesOf, dadFailed, deprecated, type Observed, tentative } from '../../observed/tables';
import type { ConnectionLink } from '../../service/connection';
import type { IpSource } from './source';

export const routerAdvertisement: IpSource = {
  name: 'router-advertisement',
  family: 6,
  isWanted: ({ settings, link }) => settings.ipv6.method === 'auto' && !link.provided,
  contribution: () => undefined,
  pending: ({ link }, observed) => (globalIpv6(link, observed) ? [] : ['no-router-advertisement']),
};

/**
 * The link's first usable address that is not link-local and was heard of on this network. After a renumbering that is a new one:
 * a deprecated one counts while there is no other.
 */
export function globalIpv6(
  link: ConnectionLink,
  observed: Observed,
): { address: Ipv6Address; prefixLength: number } | undefined {
  let last: { address: Ipv6Address; prefixLength: number } | undefined;
  for (const own of addressesOf(observed, link.ifindex)) {
    if (familyOf(own.address) !== 6 || own.flags & (tentative | dadFailed) || own.heardAt < link.since) continue;
    const address = own.address as Ipv6Address;
    if (isIpv6LinkLocal(address)) continue;
    const found = { address, prefixLength: own.prefixLength };
    if (!(own.flags & deprecated)) return found;
    last ??= found;
  }
  return last;
}
