/**
 * The reverse zones of a link's own networks. A proxy keeps the private ones (RFC 6303) from going upstream; the names of a
 * network's own hosts are known to its own servers.
 */
import { type Ipv4Address, ipv4FromUint32, ipv4ToUint32, networkOf } from '@connman/inet';

/** So many zones at most: a network that would need more is asked about by the zone round it. */
const mostZones = 32;

/** Zones end at whole octets: 192.0.2.0/23 is two, `2.0.192.in-addr.arpa` and `3.0.192.in-addr.arpa`. */
export function reverseZonesOf(address: Ipv4Address, prefixLength: number): string[] {
  let octets = Math.min(3, Math.max(1, Math.ceil(prefixLength / 8)));
  if (2 ** (octets * 8 - prefixLength) > mostZones) octets = Math.max(1, octets - 1);
  const bits = octets * 8;
  const count = Math.max(1, 2 ** (bits - prefixLength));
  const first = ipv4ToUint32(networkOf(address, Math.min(bits, prefixLength)));
  return Array.from({ length: count }, (_, i) => {
    const network = ipv4FromUint32((first + i * 2 ** (32 - bits)) >>> 0);
    return `${network.split('.').slice(0, octets).reverse().join('.')}.in-addr.arpa`;
  });
}
