/** IPv6 addresses as values: a branded string in the canonical text form of RFC 5952. */
import { isIPv6 } from 'node:net';

export type Ipv6Address = string & { readonly ipv6: unique symbol };

/** Any text form of RFC 4291 section 2.2 without a zone; canonical on return, undefined if it is none. */
export function parseIpv6(text: string): Ipv6Address | undefined {
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return ipv6FromBytes(bytesOfText(text));
}

function bytesOfText(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  let plain = text;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted) {
    const [a, b, c, d] = dotted.slice(2).map(Number) as [number, number, number, number];
    plain = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [head = '', tail] = plain.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  all.forEach((group, i) => {
    bytes[2 * i] = group >>> 8;
    bytes[2 * i + 1] = group & 255;
  });
  return bytes;
}

export function ipv6ToBytes(address: Ipv6Address): Uint8Array {
  return bytesOfText(address);
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
