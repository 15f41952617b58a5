/** IPv6 addresses as values: a branded string in the canonical text form of RFC 5952. */
import { ipv4ToBytes, parseIpv4 } from './ipv4';

export type Ipv6Address = string & { readonly ipv6: unique symbol };

/** Any text form of RFC 4291 section 2.2 without a zone; canonical on return, undefined if it is none. */
export function parseIpv6(text: string): Ipv6Address | undefined {
  const bytes = bytesOfText(text);
  return bytes && ipv6FromBytes(bytes);
}

const longestText = 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255'.length;

// By hand: the check of node:net costs 8 ms at its first use, in a program that may need the module for nothing else.
function bytesOfText(text: string): Uint8Array | undefined {
  if (text.length > longestText) return undefined;
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const front = groupBytes(head, tail === undefined);
  const back = groupBytes(tail ?? '', true);
  if (!front || !back) return undefined;
  const given = front.length + back.length;
  // '::' stands for one group of zeros at least.
  if (tail === undefined ? given !== 16 : given > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(front);
  bytes.set(back, 16 - back.length);
  return bytes;
}

/** The bytes of groups with single colons between them; the last of an address may be an IPv4 address. */
function groupBytes(text: string, isEnd: boolean): number[] | undefined {
  const bytes: number[] = [];
  if (text === '') return bytes;
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const dotted = isEnd && i === groups.length - 1 ? parseIpv4(group) : undefined;
    if (dotted) {
      bytes.push(...ipv4ToBytes(dotted));
    } else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >>> 8, value & 255);
    } else {
      return undefined;
    }
  }
  return bytes;
}

export function ipv6ToBytes(address: Ipv6Address): Uint8Array {
  // The type says that it has been parsed.
  return bytesOfText(address) as Uint8Array;
}

/** From sixteen bytes in network order at `offset`. */
export function ipv6FromBytes(bytes: Uint8Array, offset = 0): Ipv6Address {
  const groups: number[] = [];
  for (let i = 0; i < 8; i++) {
    groups.push(((bytes[offset + 2 * i] as number) << 8) | (bytes[offset + 2 * i + 1] as number));
  }
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const dotted = Array.from(bytes.subarray(offset + 12, offset + 16)).join('.');
    return `::ffff:${dotted}` as Ipv6Address;
  }
  // RFC 5952 section 4.2: the longest run of two or more zero groups, the first of equals, becomes '::'.
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (best.start < 0) return text(groups) as Ipv6Address;
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}` as Ipv6Address;
}

/** fe80::/10 (RFC 4291 section 2.5.6). */
export function isIpv6LinkLocal(address: Ipv6Address): boolean {
  return /^fe[89ab]/.test(address);
}

export const ipv6Any = '::' as Ipv6Address;
