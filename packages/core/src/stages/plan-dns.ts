/** Stage: name resolution follows the connected services; handed to the resolver backend whenever it differs. */

import { familyOf, type IpAddress, type Ipv6Address, isIpv6LinkLocal, isPrivate } from '@connman/inet';
import { addressesOf, type Observed, type ObservedAddress } from '../model/observed/tables';
import type { DnsLink, DnsPlan } from '../model/resolver/dns-plan';
import { reverseZonesOf } from '../model/resolver/reverse-zones';
import { dnsTlsModeOf, domainsOf, nameserversOf } from '../model/service/effective';
import { contributionsOf } from '../model/service/progress';
import { isConnected, linkOf, type Service } from '../model/service/service';
import { servicesOf, type Turn } from '../turn';

export function planDns(turn: Turn): void {
  const { world } = turn;
  if (world.recent.links.isEmpty) return;
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
        reverseZones: reverseZonesOfService(service, world.observed),
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

/**
 * A network's own servers know its hosts. Servers that the user chose in their place need not: public ones are not told of
 * private addresses.
 */
function reverseZonesOfService(service: Service, observed: Observed): string[] {
  const areChosen = service.settings.nameservers.length > 0;
  if (areChosen && !nameserversOf(service, observed).some(isPrivate)) return [];
  const own: readonly { readonly address: IpAddress; readonly prefixLength: number }[] = [
    ...contributionsOf(service).flatMap((contribution) => contribution.addresses),
    ...[...addressesOf(observed, linkOf(service) ?? 0)].filter(isGlobalIpv6),
  ];
  return [...new Set(own.flatMap(({ address, prefixLength }) => reverseZonesOf(address, prefixLength)))];
}

/** Also those that the kernel configured by itself; an address of the link alone has no name. */
function isGlobalIpv6({ address }: ObservedAddress): boolean {
  return familyOf(address) === 6 && !isIpv6LinkLocal(address as Ipv6Address);
}
