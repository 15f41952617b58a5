/**
 * IPv4 addresses as values: a branded string in dotted-decimal form, so that equality is `===`, a Map can be keyed by it,
 * and a recorded trace is readable.
 */
export type Ipv4Address = string & { readonly ipv4: unique symbol };

const pattern = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Dotted decimal with four parts and no leading zeros (the strict form of RFC 6943 section 3.1.1); undefined otherwise. */
export function parseIpv4(text: string): Ipv4Address | undefined {
  return pattern.test(text) ? (text as Ipv4Address) : undefined;
}

export function ipv4FromUint32(value: number): Ipv4Address {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as Ipv4Address;
}

export function ipv4ToUint32(address: Ipv4Address): number {
  let value = 0;
  let part = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code !== 46) part = part * 10 + code - 48;
    else {
      value = value * 256 + part;
      part = 0;
    }
  }
  return value * 256 + part;
}

/** From four bytes in network order at `offset`. */
export function ipv4FromBytes(bytes: Uint8Array, offset = 0): Ipv4Address {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}` as Ipv4Address;
}

export function ipv4ToBytes(address: Ipv4Address): Uint8Array {
  const value = ipv4ToUint32(address);
  const bytes = new Uint8Array(4);
  bytes[0] = value >>> 24;
  bytes[1] = value >>> 16;
  bytes[2] = value >>> 8;
  bytes[3] = value;
  return bytes;
}

/** The netmask of a prefix length 0..32. */
export function netmaskOf(prefixLength: number): Ipv4Address {
  return ipv4FromUint32(prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0);
}

/** The prefix length of a netmask; undefined if its ones are not contiguous. */
export function prefixLengthOf(netmask: Ipv4Address): number | undefined {
  const value = ipv4ToUint32(netmask);
  const length = Math.clz32(~value >>> 0);
  return netmaskOf(length) === netmask ? length : undefined;
}

/** The network's first address: host bits zero. */
export function networkOf(address: Ipv4Address, prefixLength: number): Ipv4Address {
  return ipv4FromUint32((ipv4ToUint32(address) & ipv4ToUint32(netmaskOf(prefixLength))) >>> 0);
}

/** The network's last address: host bits one. */
export function broadcastOf(address: Ipv4Address, prefixLength: number): Ipv4Address {
  return ipv4FromUint32((ipv4ToUint32(address) | ~ipv4ToUint32(netmaskOf(prefixLength))) >>> 0);
}

export function isSameNetwork(a: Ipv4Address, b: Ipv4Address, prefixLength: number): boolean {
  return networkOf(a, prefixLength) === networkOf(b, prefixLength);
}

export const ipv4Any = '0.0.0.0' as Ipv4Address;
export const ipv4Broadcast = '255.255.255.255' as Ipv4Address;

/** An address a host may have: not in 0/8, 127/8, 224/4 or 240/4 (RFC 6890). */
export function isUsableHostAddress(address: Ipv4Address): boolean {
  const first = ipv4ToUint32(address) >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

/** 169.254/16 (RFC 3927). */
export function isIpv4LinkLocal(address: Ipv4Address): boolean {
  return address.startsWith('169.254.');
}
