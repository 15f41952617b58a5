/** What is in force for a connected service: the user's name servers and domains, else what the network gave. */
import type { DnsTlsMode } from '@connman/contracts';
import { type IpAddress, isIpv6LinkLocal, parseIp, parseIpv6 } from '@connman/inet';
import { type AdvertisedNames, advertisedOf, noNames } from '../observed/advertised';
import type { Observed } from '../observed/tables';
import type { EngineConfig } from '../world';
import { contributionsOf } from './progress';
import { isConnected, type Service } from './service';

/** The name servers to be asked, each by the service's link. */
export function nameserversOf(service: Service, observed: Observed): readonly IpAddress[] {
  const { nameservers } = service.settings;
  if (nameservers.length === 0) return networkNameserversOf(service, observed);
  return unique(nameservers.flatMap((text) => (isByLink(text, service, observed) ? addressOf(text) : [])));
}

/** The same as clients see them: the user's as they were given. */
export function shownNameserversOf(service: Service, observed: Observed): readonly string[] {
  const { nameservers } = service.settings;
  return nameservers.length > 0 ? nameservers : networkNameserversOf(service, observed);
}

/** Those of the lease first, then those of the routers, which nobody reaches without IPv6. */
function networkNameserversOf(service: Service, observed: Observed): readonly IpAddress[] {
  const leased = contributionsOf(service).flatMap((contribution) => contribution.nameservers);
  return unique<IpAddress>([...leased, ...advertisedTo(service, observed).nameservers.keys()]);
}

export function domainsOf(service: Service, observed: Observed): readonly string[] {
  if (service.settings.domains.length > 0) return service.settings.domains;
  const leased = contributionsOf(service).flatMap((contribution) => contribution.domains);
  return unique([...leased, ...advertisedTo(service, observed).domains.keys()]);
}

function advertisedTo(service: Service, observed: Observed): AdvertisedNames {
  return isConnected(service.ipv6State) ? advertisedOf(observed, service.ifindex) : noNames;
}

/** How the service's name servers are asked. */
export function dnsTlsModeOf(service: Service, config: EngineConfig): DnsTlsMode {
  return service.settings.dnsOverTls ?? config.dnsOverTls;
}

/** The user's time servers, then the network's. */
export function timeserversOf(service: Service): readonly string[] {
  return unique([...service.settings.timeservers, ...contributionsOf(service).flatMap((one) => one.timeservers)]);
}

/**
 * Numeric entries only; an entry may hold several, with blanks between (rule 72). A link-local address may name its link
 * (RFC 4007 section 11) and keeps it.
 */
export function parseNameservers(entries: readonly string[]): string[] {
  return unique(entries.flatMap((entry) => entry.split(/\s+/).flatMap(parseNameserver)));
}

function parseNameserver(text: string): string[] {
  const [, host, zone] = /^([^%]+)%([^%/]{1,15})$/.exec(text) ?? [];
  if (host === undefined || zone === undefined) {
    const plain = parseIp(text);
    return plain ? [plain] : [];
  }
  const address = parseIpv6(host);
  return address && isIpv6LinkLocal(address) ? [`${address}%${zone}`] : [];
}

/** Whether an entry of parseNameservers can be asked by the service's link: one that names another link cannot. */
export function isByLink(nameserver: string, { ifindex }: Service, observed: Observed): boolean {
  const [, zone] = nameserver.split('%');
  return zone === undefined || zone === observed.links.get(ifindex)?.name || zone === String(ifindex);
}

function addressOf(nameserver: string): IpAddress {
  return nameserver.split('%')[0] as IpAddress;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
