/** Clients of a shared connection by the names they gave the DHCP server (option 12), with their IPv4 and IPv6 addresses. */
import type { DnsHost } from '@connman/contracts';
import { contains } from '@connman/inet';
import { sharedPrefixLength6 } from './network6';
import type { Tethering } from './tethering';

/** Names that programs trust without asking: a client that has one could send others where it wants. */
const reserved = new Set(['localhost', 'wpad', 'isatap']);
/** A client may make up any number; each of the first is in every answer. */
const mostAddresses6 = 8;

/** One label, in lower case; of several clients with one name the first keeps it. */
export function clientHosts({
  clients,
  addresses6,
  prefix,
}: Pick<Tethering, 'clients' | 'addresses6' | 'prefix'>): DnsHost[] {
  const hosts: DnsHost[] = [];
  const names = new Set<string>();
  const shared = prefix && { address: prefix.prefix, length: sharedPrefixLength6 };
  for (const { hostname, address, mac } of clients) {
    const [name = ''] = hostname.toLowerCase().split('.');
    if (name === '' || name.startsWith('_') || reserved.has(name) || names.has(name)) continue;
    names.add(name);
    hosts.push({ name, address });
    const own = addresses6.filter((one) => one.mac === mac && shared !== undefined && contains(shared, one.address));
    for (const one of own.slice(0, mostAddresses6)) hosts.push({ name, address: one.address });
  }
  return hosts;
}
