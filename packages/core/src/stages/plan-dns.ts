/** Stage: name resolution follows the connected services; handed to the resolver backend whenever it differs. */

import { familyOf, type IpAddress, type Ipv6Address, isIpv6LinkLocal, isPrivate } from '@connman/inet';
import { addressesOf, type Observed, type ObservedAddress } from '../model/observed/tables';
import type { DnsLink, DnsPlan } from '../model/resolver/dns-plan';
import { reverseZonesOf } from '../model/resolver/reverse-zones';
import { dnsTlsModeOf, domainsOf, nameserversOf } from '../model/service/effective';
import { isFullTunnel } from '../model/service/order';
import { contributionsOf } from '../model/service/progress';
import { isConnected, linkOf, type Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import { bridgeName } from '../model/tethering/tethering';
import { servicesOf, type Turn } from '../turn';
import type { World } from '../world';
import { sharedGateway } from './share-connection';

export function planDns(turn: Turn): void {
  const { world } = turn;
  if (world.recent.links.isEmpty || world.awaitedTunnels.size > 0) return;
  const links = askedServices(world).map(
    (service, order): DnsLink => ({
      ifindex: linkOf(service) ?? 0,
      interfaceName: world.observed.links.get(linkOf(service) ?? 0)?.name ?? '',
      serviceId: service.id,
      nameservers: nameserversOf(service, world.observed),
      tls: dnsTlsModeOf(service, world.config),
      domains: domainsOf(service, world.observed),
      reverseZones: reverseZonesOfService(service, world.observed),
      isDefault: order === 0,
      ...(order > 0 && kindOf(service.type).isTunnel && { isForItsDomainsOnly: true }),
      order,
    }),
  );
  const { fallbackNameservers, dnsOverTls: fallbackTls } = world.config;
  const gateway = sharedGateway(world);
  const listen = gateway ? [{ address: gateway, interfaceName: bridgeName }] : [];
  const plan: DnsPlan = { links, listen, fallbackNameservers, fallbackTls };
  const text = JSON.stringify(plan);
  const before = world.handedOut.get('dns');
  // Until something is connected the system's name resolution stays as it was found.
  if (before === text || (before === undefined && links.length + listen.length === 0)) return;
  world.handedOut.set('dns', text);
  turn.emit({ kind: 'dns', plan });
}

/** A tunnel that takes all traffic takes all questions, if it has servers of its own: an uplink's would hear them beside it. */
function askedServices(world: World): Service[] {
  const connected = servicesOf(world).filter((service) => isConnected(service.state));
  const tunnels = connected.filter(({ type }) => kindOf(type).isTunnel);
  const takesAll = tunnels.some((one) => isFullTunnel(one) && nameserversOf(one, world.observed).length > 0);
  return takesAll ? tunnels : connected;
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
