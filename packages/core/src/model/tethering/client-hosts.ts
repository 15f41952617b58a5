/** Clients of a shared connection by the names they gave the DHCP server (option 12). */
import type { DhcpServerClient, DnsHost } from '@connman/contracts';

/** Names that programs trust without asking: a client that has one could send others where it wants. */
const reserved = new Set(['localhost', 'wpad', 'isatap']);

/** One label, in lower case; of several clients with one name the first keeps it. */
export function clientHosts(clients: readonly DhcpServerClient[]): DnsHost[] {
  const hosts = new Map<string, DnsHost>();
  for (const { hostname, address } of clients) {
    const [name = ''] = hostname.toLowerCase().split('.');
    if (name === '' || name.startsWith('_') || reserved.has(name) || hosts.has(name)) continue;
    hosts.set(name, { name, address });
  }
  return [...hosts.values()];
}
