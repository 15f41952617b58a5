/** Stage: the NAT64 prefixes of services that have IPv6 alone and whose routers advertise none, by DNS (RFC 7050). */
import type { Ipv6Address } from '@connman/inet';
import { type Nat64Search, nat64PrefixesOf } from '../model/online/nat64-search';
import { advertisedNat64Of, nameserversOf } from '../model/service/effective';
import { isConnected, type Service } from '../model/service/service';
import type { Turn } from '../turn';
import { recentServices, type World } from '../world';
import { pathOf } from './check-path';
import { hasDefaultRoute } from './default-route';

/** Asked once for each set of name servers. */
export function findNat64(turn: Turn): void {
  const { world } = turn;
  for (const service of recentServices(world)) {
    const { connection } = service;
    if (!connection) continue;
    const servers = isToSearch(world, service) ? nameserversOf(service, world.observed) : [];
    const { nat64Search: before, ...rest } = connection;
    if (servers.join() === (before?.servers ?? []).join()) continue;
    turn.put({ ...service, connection: { ...rest, ...(servers.length > 0 && { nat64Search: { servers } }) } });
    if (servers.length === 0) continue;
    turn.emit({ kind: 'nat64-search', request: { service: service.id, ...pathOf(world, service) } });
  }
}

function isToSearch(world: World, service: Service): boolean {
  const hasIpv6 = isConnected(service.families[6].state) && hasDefaultRoute(world, service, 6);
  return hasIpv6 && !hasDefaultRoute(world, service, 4) && advertisedNat64Of(service, world.observed).length === 0;
}

/** What a search has found; the answer to an earlier one counts no more. */
export function absorbNat64(
  turn: Turn,
  id: string,
  servers: Nat64Search['servers'],
  addresses: readonly Ipv6Address[],
): void {
  const service = turn.world.services.get(id);
  const connection = service?.connection;
  if (!connection || connection.nat64Search?.servers.join() !== servers.join()) return;
  const prefixes = nat64PrefixesOf(addresses);
  turn.put({ ...service, connection: { ...connection, nat64Search: { servers, prefixes } } });
  if (prefixes.length > 0) turn.log('info', `${id}: the network translates to IPv4 by ${prefixes.join(', ')} (DNS64)`);
}
