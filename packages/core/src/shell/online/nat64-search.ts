/** Asks a service's own name servers, by its own link, for the name that shows a network's NAT64 prefix (RFC 7050). */
import type { Ipv6Address } from '@connman/inet';
import { type Nat64SearchRequest, nat64Host } from '../../model/online/nat64-search';
import type { Resolve } from './resolve';

/** Calls back once with the addresses: none where the network has no DNS64, undefined where no server has said so. */
export type Nat64Finder = (
  request: Nat64SearchRequest,
  done: (addresses: readonly Ipv6Address[] | undefined) => void,
) => void;

export function nat64Finder(resolve: Resolve): Nat64Finder {
  return ({ nameservers, interfaceName, tls }, done) => {
    void resolve(nat64Host, 6, nameservers, interfaceName, tls).result.then((found) => {
      if (found.ok) done(found.value as readonly Ipv6Address[]);
      else done(found.error.denied ? [] : undefined);
    });
  };
}
