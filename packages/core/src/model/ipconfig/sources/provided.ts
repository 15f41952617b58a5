/** IP configuration that comes with the network itself: a VPN's, a modem's. */

import type { ProvidedIp } from '@connman/contracts';
import { type Family, familyOf } from '@connman/inet';
import type { Contribution } from '../contribution';
import { missing } from './missing';
import type { IpSource } from './source';

function providedSource(family: Family): IpSource {
  return {
    name: 'provided',
    family,
    isWanted: ({ link, settings }) =>
      (family === 4 ? settings.ipv4 : settings.ipv6).method !== 'off' && hasFamily(link.provided, family),
    contribution: ({ link }) => link.provided && fromProvided(link.provided, family),
    pending: ({ link }, observed) =>
      link.provided ? missing(fromProvided(link.provided, family), link.ifindex, observed, family) : [],
  };
}

export const provided4 = providedSource(4);
export const provided6 = providedSource(6);

function hasFamily(provided: ProvidedIp | undefined, family: Family): boolean {
  return provided?.addresses.some(({ address }) => familyOf(address) === family) ?? false;
}

/** The share of one family; name servers and domains go with the first family the network has. */
function fromProvided({ addresses, routes, nameservers, domains, mtu }: ProvidedIp, family: Family): Contribution {
  const own = addresses.filter(({ address }) => familyOf(address) === family);
  return {
    source: 'provided',
    addresses: own.map(({ address, prefixLength }) => ({ address, prefixLength })),
    routes: routes.filter(({ destination }) => familyOf(destination.address) === family),
    nameservers: nameservers.filter((address) => familyOf(address) === family),
    domains,
    timeservers: [],
    mtu,
  };
}
