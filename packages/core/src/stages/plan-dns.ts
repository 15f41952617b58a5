/** Stage: name resolution follows the connected services; handed to the resolver backend whenever it differs. */
import { after } from '@connman/base';
import { familyOf, type IpAddress, type Ipv6Address, isIpv6LinkLocal, isPrivate } from '@connman/inet';
import type { EngineConfig } from '../model/config';
import { addressesOf, type Observed, type ObservedAddress } from '../model/observed/tables';
import type { DnsLink, DnsPlan } from '../model/resolver/dns-plan';
import { reverseZonesOf } from '../model/resolver/reverse-zones';
import { dnsTlsModeOf, domainsOf, nameserversOf } from '../model/service/effective';
import { isFullTunnel } from '../model/service/order';
import { contributionsOf } from '../model/service/progress';
import { isConnected, linkOf, type Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import { clientHosts } from '../model/tethering/client-hosts';
import { isCaptive } from '../model/tethering/tethering';
import { type Moments, servicesOf, type Turn } from '../turn';
import type { World } from '../world';
import { sharedGateways } from './route-clients';

export function planDns(turn: Turn): void {
  const { world } = turn;
  const bootNameservers = bootNameserversOf(world);
  const isSameBoot = bootNameservers === (world.dnsPlan?.bootNameservers ?? none);
  if ((world.recent.links.isEmpty && isSameBoot) || world.awaitedTunnels.size > 0) return;
  const links = askedServices(world).map((service, order) => knownLinkOf(world, service, order === 0));
  const { fallbackNameservers, dnsOverTls: fallbackTls } = world.config;
  const listen = sharedGateways(world);
  const hosts = isCaptive(world.tethering) ? everyName(listen) : clientHosts(world.tethering);
  const plan: DnsPlan = { links, listen, hosts, bootNameservers, fallbackNameservers, fallbackTls };
  const before = world.dnsPlan;
  // Until something is connected the system's name resolution stays as it was found.
  if (before ? isSamePlan(before, plan) : links.length + listen.length + bootNameservers.length === 0) return;
  world.dnsPlan = plan;
  turn.emit({ kind: 'dns', plan });
}

/** The kernel asked for its address once, and renews nothing of the reply (rule 142). */
const bootNamesMs = 24 * 60 * 60 * 1000;
const none: readonly IpAddress[] = [];

export function absorbBootNames({ world }: Turn, servers: readonly IpAddress[]): void {
  world.bootNames = { servers, until: after(world.now, bootNamesMs) };
}

export function bootNamesDeadlines({ bootNames }: World): Moments {
  return [bootNames?.until];
}

function bootNameserversOf({ bootNames, now }: World): readonly IpAddress[] {
  return bootNames && now < bootNames.until ? bootNames.servers : none;
}

/** Links on which names below .local are asked, by the backend that does it (rule 75). */
export function absorbMulticastNames({ world }: Turn, links: readonly number[]): void {
  for (const ifindex of [...world.multicastNames, ...links]) world.recent.links.add(ifindex);
  world.multicastNames = new Set(links);
}

/** Clients find this machine behind each name. */
function everyName(listen: DnsPlan['listen']): DnsPlan['hosts'] {
  return listen.map(({ address }) => ({ name: '*', address }));
}

/** What was made of a service, and what else it was made of. */
interface Made {
  readonly version: number | undefined;
  readonly config: EngineConfig;
  readonly isDefault: boolean;
  readonly link: DnsLink;
}

const made = new WeakMap<Service, Made>();

/** The link of last time, while the service is the same and nothing was heard of its link. */
function knownLinkOf(world: World, service: Service, isDefault: boolean): DnsLink {
  const { config, observed } = world;
  const version = observed.versions.get(linkOf(service) ?? 0);
  const known = made.get(service);
  if (known?.version === version && known?.config === config && known.isDefault === isDefault) return known.link;
  const link = dnsLinkOf(world, service, isDefault);
  made.set(service, { version, config, isDefault, link });
  return link;
}

function dnsLinkOf({ observed, config }: World, service: Service, isDefault: boolean): DnsLink {
  return {
    ifindex: linkOf(service) ?? 0,
    interfaceName: observed.links.get(linkOf(service) ?? 0)?.name ?? '',
    serviceId: service.id,
    nameservers: nameserversOf(service, observed),
    tls: dnsTlsModeOf(service, config),
    domains: domainsOf(service, observed),
    reverseZones: reverseZonesOfService(service, observed),
    isDefault,
    ...(service.settings.mdns && { multicast: true }),
    ...(!isDefault && kindOf(service.type).isTunnel && { isForItsDomainsOnly: true }),
  };
}

function isSamePlan(a: DnsPlan, b: DnsPlan): boolean {
  const isSame = (one: unknown, other: unknown) => one === other || JSON.stringify(one) === JSON.stringify(other);
  return (
    a.links.length === b.links.length &&
    a.links.every((link, i) => isSame(link, b.links[i])) &&
    isSame(a.listen, b.listen) &&
    isSame(a.hosts, b.hosts) &&
    isSame(a.bootNameservers, b.bootNameservers) &&
    isSame(a.fallbackNameservers, b.fallbackNameservers) &&
    a.fallbackTls === b.fallbackTls
  );
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
