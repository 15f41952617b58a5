/** Records as text, the way zone files write them, for people. */

import { oneLine } from '@connman/base';
import { ipv4FromBytes, ipv6FromBytes } from '@connman/inet';
import { formatType, Type } from './constants';
import type { Message, ResourceRecord } from './message';
import { expandName, formatName } from './name';
import { nameLayoutOf } from './rdata';

/** `www.example.org 300 A 192.0.2.1`; data of types not known here in the form of RFC 3597 section 5. */
export function formatRecord(message: Message, record: ResourceRecord): string {
  const owner = nameText(message.bytes, record.nameAt, message.bytes.length) ?? '?';
  return `${owner} ${record.ttl} ${formatType(record.type)} ${formatData(message, record)}`;
}

function formatData({ bytes }: Message, { type, dataAt, dataLength }: ResourceRecord): string {
  const end = dataAt + dataLength;
  if (type === Type.A && dataLength === 4) return ipv4FromBytes(bytes, dataAt);
  if (type === Type.AAAA && dataLength === 16) return ipv6FromBytes(bytes, dataAt);
  if (type === Type.TXT) return formatTexts(bytes, dataAt, end);
  const layout = nameLayoutOf(type);
  if (layout && layout.before % 2 === 0) {
    const parts: string[] = [];
    let at = dataAt;
    for (; at < dataAt + layout.before; at += 2) parts.push(String(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)));
    for (let i = 0; i < layout.names; i++) {
      const name = nameText(bytes, at, end);
      if (name === undefined) return formatUnknown(bytes, dataAt, end);
      parts.push(name);
      while ((bytes[at] ?? 0) !== 0 && (bytes[at] as number) < 0xc0) at += 1 + (bytes[at] as number);
      at += (bytes[at] ?? 0) === 0 ? 1 : 2;
    }
    for (; at + 4 <= end; at += 4) parts.push(String(new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0)));
    return parts.join(' ');
  }
  return formatUnknown(bytes, dataAt, end);
}

function formatTexts(bytes: Uint8Array, from: number, end: number): string {
  const texts: string[] = [];
  for (let at = from; at < end; at += 1 + (bytes[at] as number)) {
    const piece = bytes.subarray(at + 1, Math.min(at + 1 + (bytes[at] as number), end));
    texts.push(`"${oneLine(String.fromCharCode(...piece))}"`);
  }
  return texts.join(' ');
}

function formatUnknown(bytes: Uint8Array, from: number, end: number): string {
  const hex = Array.from(bytes.subarray(from, end), (octet) => octet.toString(16).padStart(2, '0')).join('');
  return `\\# ${end - from} ${hex}`;
}

function nameText(bytes: Uint8Array, at: number, end: number): string | undefined {
  const wire = new Uint8Array(256);
  const length = expandName(bytes, at, end, wire);
  if (length < 0) return undefined;
  return formatName(wire) || '.';
}
