/** What of a contribution the kernel does not show yet. */
import type { Family } from '@connman/inet';
import { addressKey } from '../../observed/keys';
import { dadFailed, type Observed, routesOf, tentative } from '../../observed/tables';
import { type Contribution, gatewayOf } from '../contribution';
import type { PendingReason } from '../pending';

export function missing(
  contribution: Contribution,
  ifindex: number,
  observed: Observed,
  family: Family,
): PendingReason[] {
  const reasons: PendingReason[] = [];
  for (const own of contribution.addresses) {
    const seen = observed.addresses.get(addressKey({ ifindex, ...own }));
    if (!seen) reasons.push('address-missing');
    else if (seen.flags & dadFailed) reasons.push('address-duplicate');
    else if (seen.flags & tentative) reasons.push('address-tentative');
  }
  const gateway = gatewayOf(contribution, family);
  if (gateway) {
    const routes = [...routesOf(observed, ifindex)];
    const isThere = routes.some((route) => route.destination.length === 0 && route.gateway === gateway);
    if (!isThere) reasons.push('no-gateway-route');
  }
  return reasons;
}
