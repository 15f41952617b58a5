/**
 * A proxy that the network does not name by DHCP is looked for by name (WPAD, draft-ietf-wrec-wpad-01 section 4.4.3): a host `wpad` in
 * the network's domain, then in the domains above it.
 */

import type { Observed } from '../observed/tables';
import { domainsOf } from '../service/effective';
import { isConnected, type Service } from '../service/service';
import type { CheckPath } from './online-machine';

export interface ProxySearch {
  /** Tried in this order. */
  readonly hosts: readonly string[];
  /** Absent while the search is under way; empty if there is none. */
  readonly url?: string;
}

export interface ProxySearchRequest extends CheckPath {
  readonly service: string;
  readonly hosts: readonly string[];
}

/** Empty where none is to be looked for: the user or the network says what is used. */
export function wpadHostsOf(service: Service, observed: Observed): readonly string[] {
  const { settings, connection, state } = service;
  if (settings.proxy?.method !== 'auto' || settings.proxy.url !== '' || !isConnected(state)) return [];
  if (connection?.dhcp4.lease?.proxyAutoConfigUrl) return [];
  const [domain] = domainsOf(service, observed);
  return domain === undefined ? [] : wpadHosts(domain);
}

/** Names in domains that anybody can register in are not asked for: who has one would be everybody's proxy. */
export function wpadHosts(domain: string): readonly string[] {
  const labels = domain.split('.').filter((label) => label !== '');
  const hosts: string[] = [];
  for (let first = 0; first < labels.length; first++) {
    const parent = labels.slice(first);
    if (first > 0 && isRegistry(parent)) break;
    hosts.push(['wpad', ...parent].join('.'));
  }
  return hosts;
}

/** `com`, `uk`, `co.uk`: short names below a country's are registries', as a rule. */
function isRegistry([name = '', country, ...more]: readonly string[]): boolean {
  return country === undefined || (more.length === 0 && country.length === 2 && name.length <= 3);
}
