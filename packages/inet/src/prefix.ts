/** An address with its prefix length, or a network: one shape for both families. */
import { type Ipv4Address, ipv4FromBytes, ipv4ToBytes, parseIpv4 } from './ipv4';
import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes, parseIpv6 } from './ipv6';

export type IpAddress = Ipv4Address | Ipv6Address;
export type Family = 4 | 6;

export interface Prefix<A extends IpAddress = IpAddress> {
  readonly address: A;
  /** Bits, 0..32 or 0..128. */
  readonly length: number;
}

export function familyOf(address: IpAddress): Family {
  return address.includes(':') ? 6 : 4;
}

export function parseIp(text: string): IpAddress | undefined {
  return parseIpv4(text) ?? parseIpv6(text);
}

export function ipToBytes(address: IpAddress): Uint8Array {
  return familyOf(address) === 4 ? ipv4ToBytes(address as Ipv4Address) : ipv6ToBytes(address as Ipv6Address);
}

export function formatPrefix(prefix: Prefix): string {
  return `${prefix.address}/${prefix.length}`;
}

/** `192.0.2.0/24` or `2001:db8::/32`; undefined when either part is not valid. */
export function parsePrefix(text: string): Prefix | undefined {
  const [, host, bits] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = host === undefined ? undefined : parseIp(host);
  if (!address) return undefined;
  const length = Number(bits);
  return length <= (familyOf(address) === 4 ? 32 : 128) ? { address, length } : undefined;
}

/** Whether the network of `prefix` holds `address`; false across families. */
export function contains(prefix: Prefix, address: IpAddress): boolean {
  if (familyOf(prefix.address) !== familyOf(address)) return false;
  const network = ipToBytes(prefix.address);
  const host = ipToBytes(address);
  const whole = prefix.length >>> 3;
  for (let i = 0; i < whole; i++) if (network[i] !== host[i]) return false;
  const bits = prefix.length & 7;
  return bits === 0 || ((network[whole] as number) ^ (host[whole] as number)) >>> (8 - bits) === 0;
}

/** The network that holds the address: its host bits zero. */
export function networkPrefixOf({ address, length }: Prefix): Prefix {
  const bytes = ipToBytes(address);
  for (let i = 0; i < bytes.length; i++) {
    const bits = Math.min(8, Math.max(0, length - 8 * i));
    bytes[i] = (bytes[i] as number) & (0xff00 >> bits);
  }
  return { address: bytes.length === 4 ? ipv4FromBytes(bytes) : ipv6FromBytes(bytes), length };
}

/** Addresses of networks that are not the Internet: RFC 1918, RFC 6598, RFC 3927, RFC 4193, link-local, and this machine. */
export function isPrivate(address: IpAddress): boolean {
  const octets = ipToBytes(address);
  const [first = 0, second = 0] = octets;
  if (familyOf(address) === 6) {
    const isLoopback = address === '::1';
    return isLoopback || (first & 0xfe) === 0xfc || (first === 0xfe && (second & 0xc0) === 0x80);
  }
  return (
    first === 10 ||
    first === 127 ||
    (first === 172 && (second & 0xf0) === 16) ||
    (first === 192 && second === 168) ||
    (first === 100 && (second & 0xc0) === 64) ||
    (first === 169 && second === 254)
  );
}
