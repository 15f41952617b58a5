/** The hosts file: names to addresses and back, read again when it has changed. */
import type { DnsHost } from '@connman/contracts';
import { familyOf, type IpAddress, type Ipv4Address, type Ipv6Address, ipToBytes, parseIp } from '@connman/inet';

export interface HostsTable {
  /** Addresses of a name (lower case). */
  readonly addresses: ReadonlyMap<string, ReadonlySet<IpAddress>>;
  /** The first name of an address, by the name its PTR record has. */
  readonly names: ReadonlyMap<string, string>;
}

/** No host can have this name: it stands for all. */
export const everyName = '*';

export const noHosts: HostsTable = { addresses: new Map(), names: new Map() };

/** Reads lines of `address name alias ...`; what is no address or no name is passed over, as every resolver does. */
export function parseHosts(text: string): HostsTable {
  const addresses = new Map<string, Set<IpAddress>>();
  const names = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [first = '', ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    const address = parseIp(first);
    if (!address) continue;
    const valid = aliases
      .map((alias) => alias.toLowerCase().replace(/\.$/, ''))
      .filter((alias) => /^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/.test(alias) && !alias.includes('..'));
    for (const name of valid) {
      const known = addresses.get(name);
      if (known) known.add(address);
      else addresses.set(name, new Set([address]));
    }
    const [canonical] = valid;
    const reverse = reverseNameOf(address);
    if (canonical !== undefined && !names.has(reverse)) names.set(reverse, canonical);
  }
  return { addresses, names };
}

/** The table of hosts that have one name each; of two with one address the first keeps it. */
export function hostsTableOf(hosts: readonly DnsHost[]): HostsTable {
  const addresses = new Map<string, Set<IpAddress>>();
  const names = new Map<string, string>();
  for (const { name, address } of hosts) {
    const reverse = reverseNameOf(address);
    const known = addresses.get(name);
    if (known) known.add(address);
    else addresses.set(name, new Set([address]));
    if (name !== everyName && !names.has(reverse)) names.set(reverse, name);
  }
  return { addresses, names };
}

/** `1.2.0.192.in-addr.arpa` of 192.0.2.1; in nibbles below ip6.arpa for IPv6 (RFC 3596 section 2.5). */
function reverseNameOf(address: Ipv4Address | Ipv6Address): string {
  const octets = [...ipToBytes(address)].reverse();
  if (familyOf(address) === 4) return `${octets.join('.')}.in-addr.arpa`;
  return `${octets.map((octet) => `${(octet & 15).toString(16)}.${(octet >> 4).toString(16)}`).join('.')}.ip6.arpa`;
}
