/** What is in force for a connected service: the user's name servers and domains, else what the network gave. */
import type { DnsTlsMode } from '@connman/contracts';
import type { IpAddress } from '@connman/inet';
import type { EngineConfig } from '../config';
import type { ProxyConfig } from '../ipconfig/ip-settings';
import { advertisedOf, noNames } from '../observed/advertised';
import type { AdvertisedNames } from '../observed/advertised-table';
import type { Observed } from '../observed/tables';
import { addressOfNameserver, isByLink } from './nameserver-text';
import { contributionsOf } from './progress';
import { isConnected, linkOf, type Service } from './service';

/** The name servers to be asked, each by the service's link. */
export function nameserversOf(service: Service, observed: Observed): readonly IpAddress[] {
  const { nameservers } = service.settings;
  if (nameservers.length === 0) return networkNameserversOf(service, observed);
  const asked = nameservers.filter((text) => isByLink(text, linkOf(service) ?? 0, observed));
  return unique(asked.map(addressOfNameserver));
}

/** The same as clients see them: the user's as they were given. */
export function shownNameserversOf(service: Service, observed: Observed): readonly string[] {
  const { nameservers } = service.settings;
  return nameservers.length > 0 ? nameservers : networkNameserversOf(service, observed);
}

/** Those of the lease first, then those of the routers, which no one reaches without IPv6. */
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
  const ifindex = linkOf(service);
  return ifindex !== undefined && isConnected(service.families[6].state) ? advertisedOf(observed, ifindex) : noNames;
}

/**
 * Where the network says whether a captive portal is in the way (RFC 8910), as DHCP or a router names it; undefined where it
 * does not, or says that there is none (section 2).
 */
export function portalApiOf(service: Service, observed: Observed): string | undefined {
  const [leased] = contributionsOf(service).flatMap(({ portalApi }) => portalApi ?? []);
  const uri = leased ?? advertisedTo(service, observed).portalApi;
  return uri?.startsWith('https://') ? uri : undefined;
}

/**
 * The user's choice, else the network's proxy auto-configuration (DHCP option 252); undefined where neither names one. Of an
 * automatic one the URL is empty while it is looked for.
 */
export function proxyOf(service: Service): ProxyConfig | undefined {
  const chosen = service.settings.proxy;
  const { dhcp4, proxySearch } = service.connection ?? {};
  const url = dhcp4?.lease?.proxyAutoConfigUrl || proxySearch?.url;
  if (chosen && (chosen.method !== 'auto' || chosen.url !== '')) return chosen;
  // Nothing was found: there is none.
  if (chosen && url === '') return { ...chosen, method: 'direct' };
  if (chosen || url) return { method: 'auto', url: url ?? '', servers: [], excludes: [] };
  return undefined;
}

/** The prefixes by which the network translates IPv6 to IPv4, as text: its routers' (RFC 8781), else its DNS64's (RFC 7050). */
export function nat64Of(service: Service, observed: Observed): readonly string[] {
  const advertised = advertisedNat64Of(service, observed);
  return advertised.length > 0 ? advertised : (service.connection?.nat64Search?.prefixes ?? []);
}

export function advertisedNat64Of(service: Service, observed: Observed): readonly string[] {
  return [...advertisedTo(service, observed).nat64.keys()];
}

/** How the service's name servers are asked. */
export function dnsTlsModeOf(service: Service, config: EngineConfig): DnsTlsMode {
  return service.settings.dnsOverTls ?? config.dnsOverTls;
}

/** The user's time servers, then the network's. */
export function timeserversOf(service: Service): readonly string[] {
  return unique([...service.settings.timeservers, ...contributionsOf(service).flatMap((one) => one.timeservers)]);
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
