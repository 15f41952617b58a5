/** Stage: the proxy of a service that is to find one by itself (rule 135). */
import { type ProxySearch, wpadHostsOf } from '../model/online/proxy-search';
import type { Turn } from '../turn';
import { recentServices } from '../world';
import { pathOf } from './check-path';

export function findProxy(turn: Turn): void {
  const { world } = turn;
  for (const service of recentServices(world)) {
    const { connection } = service;
    if (!connection) continue;
    const hosts = wpadHostsOf(service, world.observed);
    const { proxySearch: before, ...rest } = connection;
    if (hosts.join() === (before?.hosts ?? []).join()) continue;
    turn.put({ ...service, connection: { ...rest, ...(hosts.length > 0 && { proxySearch: { hosts } }) } });
    if (hosts.length === 0) continue;
    turn.emit({ kind: 'proxy-search', request: { service: service.id, hosts, ...pathOf(world, service) } });
  }
}

/** What a search has found; the answer to an earlier one counts no more. */
export function absorbProxySearch(turn: Turn, id: string, { hosts, url = '' }: ProxySearch): void {
  const service = turn.world.services.get(id);
  const connection = service?.connection;
  if (!connection || connection.proxySearch?.hosts.join() !== hosts.join()) return;
  turn.put({ ...service, connection: { ...connection, proxySearch: { hosts, url } } });
  turn.log('info', `${id}: ${url === '' ? `no proxy found as ${hosts.join(', ')}` : `proxy configuration at ${url}`}`);
}
