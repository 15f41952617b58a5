/** Stage: the NAT64 prefixes of services that have IPv6 alone and whose routers advertise none, by DNS (RFC 7050). */
import type { IpAddress, Ipv6Address } from '@connman/inet';
import { answered, asked, newNat64Search } from '../model/online/nat64-search';
import { advertisedNat64Of, nameserversOf } from '../model/service/effective';
import { isConnected, type Service } from '../model/service/service';
import type { Moments, Turn } from '../turn';
import { recentServices, type World } from '../world';
import { pathOf } from './check-path';
import { hasDefaultRoute } from './default-route';

/** Asked once for each set of name servers, and again when it is due. */
export function findNat64(turn: Turn): void {
  const { world } = turn;
  for (const service of recentServices(world)) {
    const { connection } = service;
    if (!connection) continue;
    const servers = isToSearch(world, service) ? nameserversOf(service, world.observed) : [];
    const { nat64Search: before, ...rest } = connection;
    if (servers.join() === (before?.servers ?? []).join()) continue;
    const search = servers.length > 0 && { nat64Search: newNat64Search(servers) };
    turn.put({ ...service, connection: { ...rest, ...search } });
    if (search) ask(turn, service);
  }
  for (const id of world.services.nat64Searches.due(world.now)) {
    const service = world.services.get(id);
    const { connection } = service ?? {};
    if (!service || !connection?.nat64Search) continue;
    turn.put({ ...service, connection: { ...connection, nat64Search: asked(connection.nat64Search) } });
    ask(turn, service);
  }
}

export function nat64Deadlines({ services, now }: World): Moments {
  return [services.nat64Searches.next(now)];
}

function ask(turn: Turn, service: Service): void {
  turn.emit({ kind: 'nat64-search', request: { service: service.id, ...pathOf(turn.world, service) } });
}

function isToSearch(world: World, service: Service): boolean {
  const hasIpv6 = isConnected(service.families[6].state) && hasDefaultRoute(world, service, 6);
  return hasIpv6 && !hasDefaultRoute(world, service, 4) && advertisedNat64Of(service, world.observed).length === 0;
}

/** What a search has found, undefined if no server has responded; the answer to an earlier one counts no more. */
export function absorbNat64(
  turn: Turn,
  id: string,
  servers: readonly IpAddress[],
  addresses: readonly Ipv6Address[] | undefined,
): void {
  const { services, now } = turn.world;
  const service = services.get(id);
  const { connection } = service ?? {};
  const before = connection?.nat64Search;
  if (!service || !connection || before?.servers.join() !== servers.join()) return;
  const nat64Search = answered(before, addresses, now);
  turn.put({ ...service, connection: { ...connection, nat64Search } });
  const { prefixes = [] } = nat64Search;
  if (prefixes.length > 0 && prefixes.join() !== before.prefixes?.join())
    turn.log('info', `${id}: the network translates to IPv4 by ${prefixes.join(', ')} (DNS64)`);
}
