/** DHCP unique identifiers (RFC 8415 section 11) as values: lower-case hexadecimal, as ConnMan stores them. */
import { type MacAddress, macToBytes } from './mac';

export type Duid = string & { readonly duid: unique symbol };

/** Two bytes of type, and 1 to 128 bytes behind it (RFC 8415 section 11.1). */
const pattern = /^[0-9a-f]{6,260}$/;
const typeLinkLayerPlusTime = 1;
const hardwareEthernet = 1;
/** 2000-01-01T00:00:00Z in milliseconds since the epoch: where the time of a DUID-LLT begins. */
const epochMs = 946_684_800_000;

/** Hexadecimal digits, with or without a colon between the bytes; undefined if it is no DUID. */
export function parseDuid(text: string): Duid | undefined {
  const digits = text.replaceAll(':', '').toLowerCase();
  return digits.length % 2 === 0 && pattern.test(digits) ? (digits as Duid) : undefined;
}

/** All of the bytes; undefined if they are no DUID. */
export function duidFromBytes(bytes: Uint8Array): Duid | undefined {
  return parseDuid(Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''));
}

export function duidToBytes(duid: Duid): Uint8Array {
  const bytes = new Uint8Array(duid.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(duid.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

/** A DUID-LLT (section 11.2), to be made once and stored: from a MAC address and the wall time, in milliseconds since 1970. */
export function duidLlt(mac: MacAddress, wallTimeMs: number): Duid {
  const seconds = Math.max(0, Math.floor((wallTimeMs - epochMs) / 1000)) >>> 0;
  const bytes = new Uint8Array(14);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, typeLinkLayerPlusTime);
  view.setUint16(2, hardwareEthernet);
  view.setUint32(4, seconds);
  bytes.set(macToBytes(mac), 8);
  return duidFromBytes(bytes) as Duid;
}
