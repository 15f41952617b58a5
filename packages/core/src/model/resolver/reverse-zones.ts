/**
 * The reverse zones of a link's own networks. A proxy keeps the private ones (RFC 6303) from going upstream; the names of a
 * network's own hosts are known to its own servers.
 */
import {
  familyOf,
  type IpAddress,
  type Ipv4Address,
  ipToBytes,
  ipv4FromUint32,
  ipv4ToUint32,
  networkOf,
} from '@connman/inet';

/** So many zones at most: a network that would need more is asked about by the zone round it. */
const mostZones = 32;

/** The zones of the network that the address with this prefix length lies in. */
export function reverseZonesOf(address: IpAddress, prefixLength: number): string[] {
  return familyOf(address) === 4
    ? reverseZonesOf4(address as Ipv4Address, prefixLength)
    : reverseZonesOf6(ipToBytes(address), prefixLength);
}

/** Zones end at whole hexadecimal digits (RFC 3596 section 2.5): fd00::/63 is two. */
function reverseZonesOf6(octets: Uint8Array, prefixLength: number): string[] {
  const digits = Array.from(octets, (octet) => [octet >> 4, octet & 15]).flat();
  const count = Math.max(1, Math.ceil(prefixLength / 4));
  const spread = 2 ** (4 * count - Math.max(1, prefixLength));
  const last = (digits[count - 1] as number) & ~(spread - 1);
  const above = digits.slice(0, count - 1);
  return Array.from({ length: spread }, (_, i) => {
    const name = [...above, last + i].reverse().map((digit) => digit.toString(16));
    return `${name.join('.')}.ip6.arpa`;
  });
}

/** Zones end at whole octets: 192.0.2.0/23 is two, `2.0.192.in-addr.arpa` and `3.0.192.in-addr.arpa`. */
function reverseZonesOf4(address: Ipv4Address, prefixLength: number): string[] {
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
