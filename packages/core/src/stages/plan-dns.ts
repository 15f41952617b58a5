/** Stage: name resolution follows the connected services; handed to the resolver backend whenever it differs. */

import { familyOf, type Ipv4Address } from '@connman/inet';
import type { DnsLink, DnsPlan } from '../model/resolver/dns-plan';
import { reverseZonesOf } from '../model/resolver/reverse-zones';
import { dnsTlsModeOf, domainsOf, nameserversOf } from '../model/service/effective';
import { contributionsOf } from '../model/service/progress';
import { isConnected, linkOf, type Service } from '../model/service/service';
import { servicesOf, type Turn } from '../turn';

export function planDns(turn: Turn): void {
  const { world } = turn;
  const links = servicesOf(world)
    .filter((service) => isConnected(service.state))
    .map(
      (service, order): DnsLink => ({
        ifindex: linkOf(service) ?? 0,
        interfaceName: world.observed.links.get(linkOf(service) ?? 0)?.name ?? '',
        serviceId: service.id,
        nameservers: nameserversOf(service, world.observed),
        tls: dnsTlsModeOf(service, world.config),
        domains: domainsOf(service, world.observed),
        reverseZones: reverseZonesOfService(service),
        isDefault: order === 0,
        order,
      }),
    );
  const { fallbackNameservers, dnsOverTls: fallbackTls } = world.config;
  const plan: DnsPlan = { links, fallbackNameservers, fallbackTls };
  const text = JSON.stringify(plan);
  const before = world.handedOut.get('dns');
  // Until something is connected the system's name resolution stays as it was found.
  if (before === text || (before === undefined && links.length === 0)) return;
  world.handedOut.set('dns', text);
  turn.emit({ kind: 'dns', plan });
}

/** A network's own servers know its hosts; servers the user chose in their place need not, and are not told of them. */
function reverseZonesOfService(service: Service): string[] {
  if (service.settings.nameservers.length > 0) return [];
  const own = contributionsOf(service).flatMap((contribution) => contribution.addresses);
  const zones = own.flatMap(({ address, prefixLength }) =>
    familyOf(address) === 4 ? reverseZonesOf(address as Ipv4Address, prefixLength) : [],
  );
  return [...new Set(zones)];
}
