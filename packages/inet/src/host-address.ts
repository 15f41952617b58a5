/** Whether a host can have an address: what a user, a file or a peer says it shall have is checked here first. */
import { broadcastOf, type Ipv4Address, ipv4Any, ipv4ToUint32, networkOf } from './ipv4';
import { type Ipv6Address, ipv6Any, ipv6ToBytes, isIpv6LinkLocal } from './ipv6';
import { contains, familyOf, type IpAddress, type Prefix } from './prefix';

/**
 * Why no host can have this address with this prefix length, as the rest of a sentence that begins with the address ("is a
 * multicast address"); undefined if one can. IPv4: RFC 6890, RFC 1122 section 3.2.1.3, and RFC 3021 for /31. IPv6: RFC 4291
 * section 2.
 */
export function hostAddressFault({ address, length }: Prefix): string | undefined {
  const fault = addressFault(address);
  if (fault) return fault;
  if (length === 0) return 'cannot have a prefix length of 0: the link would hold the whole Internet';
  if (familyOf(address) === 6 || length > 30) return undefined;
  const host = address as Ipv4Address;
  if (host === networkOf(host, length)) return `is the network address of its /${length}`;
  if (host === broadcastOf(host, length)) return `is the broadcast address of its /${length}`;
  return undefined;
}

/**
 * Why this gateway cannot serve a host with that address, in the same form; undefined if it can. One outside the prefix can:
 * it is reached through a route of its own on the link.
 */
export function gatewayFault(gateway: IpAddress, host: Prefix): string | undefined {
  if (familyOf(gateway) !== familyOf(host.address)) return `is of another address family than ${host.address}`;
  if (gateway === host.address) return "is the host's own address";
  const fault = addressFault(gateway);
  if (fault || familyOf(gateway) === 6 || host.length > 30 || !contains(host, gateway)) return fault;
  return hostAddressFault({ address: gateway, length: host.length });
}

function addressFault(address: IpAddress): string | undefined {
  return familyOf(address) === 4 ? ipv4Fault(address as Ipv4Address) : ipv6Fault(address as Ipv6Address);
}

function ipv4Fault(address: Ipv4Address): string | undefined {
  const first = ipv4ToUint32(address) >>> 24;
  if (address === ipv4Any) return 'is the unspecified address';
  if (first === 0) return 'is in 0.0.0.0/8, which has no hosts';
  if (first === 127) return 'is a loopback address';
  if (first >= 240) return 'is in 240.0.0.0/4, which is reserved';
  if (first >= 224) return 'is a multicast address';
  return undefined;
}

function ipv6Fault(address: Ipv6Address): string | undefined {
  if (address === ipv6Any) return 'is the unspecified address';
  if (address === '::1') return 'is the loopback address';
  const bytes = ipv6ToBytes(address);
  if (bytes[0] === 0xff) return 'is a multicast address';
  if (isIpv6LinkLocal(address)) return undefined;
  if (bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff)
    return 'is an IPv4 address written as IPv6';
  return undefined;
}
