/** What is in force for a connected service: the user's name servers and domains, else what the network gave. */
import type { DnsTlsMode } from '@connman/contracts';
import { type IpAddress, parseIp } from '@connman/inet';
import type { EngineConfig } from '../world';
import { contributionsOf } from './progress';
import type { Service } from './service';

export function nameserversOf(service: Service): readonly IpAddress[] {
  if (service.settings.nameservers.length > 0) return service.settings.nameservers;
  return unique(contributionsOf(service).flatMap((contribution) => contribution.nameservers));
}

export function domainsOf(service: Service): readonly string[] {
  if (service.settings.domains.length > 0) return service.settings.domains;
  return unique(contributionsOf(service).flatMap((contribution) => contribution.domains));
}

/** How the service's name servers are asked. */
export function dnsTlsModeOf(service: Service, config: EngineConfig): DnsTlsMode {
  return service.settings.dnsOverTls ?? config.dnsOverTls;
}

/** The user's time servers, then the network's. */
export function timeserversOf(service: Service): readonly string[] {
  return unique([...service.settings.timeservers, ...contributionsOf(service).flatMap((one) => one.timeservers)]);
}

/** Numeric entries only; an entry may hold several, with blanks between (rule 72). */
export function parseNameservers(entries: readonly string[]): IpAddress[] {
  return unique(entries.flatMap((entry) => entry.split(/\s+/).flatMap((text) => parseIp(text) ?? [])));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
