/** How a check leaves by a service's own link, and whom it asks for names. */
import { isOurs } from '../model/ipconfig/plan';
import { routeKey } from '../model/observed/keys';
import { routesOf } from '../model/observed/tables';
import type { CheckPath } from '../model/online/online-machine';
import { dnsTlsModeOf, nameserversOf, portalApiOf, proxyOf } from '../model/service/effective';
import { linkOf, type Service } from '../model/service/service';
import type { World } from '../world';

/** How a check of the service leaves the machine. */
export function pathOf(world: World, service: Service): CheckPath {
  const own = nameserversOf(service, world.observed);
  const ifindex = linkOf(service) ?? 0;
  const portalApi = portalApiOf(service, world.observed);
  const proxy = proxyOf(service);
  const isProxied = proxy?.method === 'manual' || (proxy?.method === 'auto' && proxy.url !== '');
  return {
    interfaceName: world.observed.links.get(ifindex)?.name ?? '',
    ...(own.length > 0
      ? { nameservers: own, tls: dnsTlsModeOf(service, world.config) }
      : { nameservers: world.config.fallbackNameservers, tls: world.config.dnsOverTls }),
    rivals: rivalsOf(world, ifindex),
    ...(portalApi !== undefined && { portalApi }),
    ...(isProxied && { proxy }),
  };
}

/** Other programs' default routes on the link: they can lead a check astray. */
function rivalsOf({ observed, adopted }: World, ifindex: number): readonly string[] {
  const rivals: string[] = [];
  for (const route of routesOf(observed, ifindex)) {
    const key = routeKey(route);
    if (!isOurs(route, key, adopted)) rivals.push(key);
  }
  return rivals;
}
