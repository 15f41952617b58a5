/** Identity associations: IA_NA with its addresses, IA_PD with its prefixes (RFC 8415 sections 21.4, 21.6, 21.21, 21.22). */
import { ByteReader, ByteWriter } from '@connman/base';
import type { Dhcp6Address, Dhcp6Prefix } from '@connman/contracts';
import { contains, type Ipv6Address, ipv6FromBytes, ipv6ToBytes, type Prefix, parsePrefix } from '@connman/inet';
import { decodeOptions, encodeOptions, type RawOption } from './message';
import { allOf, optionCode, type Status, status, statusOf } from './options';

/** 32 bits of ones: for ever. */
export const infinite = 0xffffffff;

export interface Association<Binding> {
  readonly iaid: number;
  /** Seconds; 0 leaves the choice to the client. */
  readonly t1: number;
  readonly t2: number;
  readonly status: Status;
  /** Those with a lifetime of 0 are still among them: the server takes them back. */
  readonly bindings: readonly Binding[];
}

/** More than any server gives one association; the rest is left out. */
export const mostBindings = 16;
const headerBytes = 12;
const multicast = parsePrefix('ff00::/8') as Prefix;
const linkLocal = parsePrefix('fe80::/10') as Prefix;

export function decodeIaNa(value: Uint8Array): Association<Dhcp6Address> | undefined {
  return decode(value, optionCode.iaAddress, decodeAddress);
}

export function decodeIaPd(value: Uint8Array): Association<Dhcp6Prefix> | undefined {
  return decode(value, optionCode.iaPrefix, decodePrefix);
}

/** Undefined if its bytes are not an association, or it is to be discarded: T1 above T2 (sections 21.4 and 21.21). */
function decode<Binding>(
  value: Uint8Array,
  bindingCode: number,
  decodeBinding: (value: Uint8Array) => Binding | undefined,
): Association<Binding> | undefined {
  const reader = new ByteReader(value);
  const [iaid, t1, t2] = [reader.uint32(), reader.uint32(), reader.uint32()];
  const options = decodeOptions(reader.view(reader.remaining));
  if (reader.failed || !options.ok || (t2 > 0 && t1 > t2)) return undefined;
  const bindings = allOf(options.value, bindingCode)
    .slice(0, mostBindings)
    .flatMap((one) => decodeBinding(one) ?? []);
  return { iaid, t1, t2, status: statusOf(options.value), bindings };
}

/** Undefined for one that no host can have, or whose lifetimes contradict each other (section 21.6). */
function decodeAddress(value: Uint8Array): Dhcp6Address | undefined {
  const reader = new ByteReader(value);
  const address = ipv6FromBytes(value.length >= 16 ? reader.view(16) : new Uint8Array(16));
  const [preferredSeconds, validSeconds] = [reader.uint32(), reader.uint32()];
  const options = decodeOptions(reader.view(reader.remaining));
  if (reader.failed || !options.ok || preferredSeconds > validSeconds || !isHost(address)) return undefined;
  if (statusOf(options.value).code !== status.success) return undefined;
  return { address, preferredSeconds, validSeconds };
}

/** Undefined for one that cannot be delegated, or whose lifetimes contradict each other (section 21.22). */
function decodePrefix(value: Uint8Array): Dhcp6Prefix | undefined {
  const reader = new ByteReader(value);
  const [preferredSeconds, validSeconds, length] = [reader.uint32(), reader.uint32(), reader.uint8()];
  const bytes = reader.view(16).slice();
  const options = decodeOptions(reader.view(reader.remaining));
  if (reader.failed || !options.ok || preferredSeconds > validSeconds || length === 0 || length > 128) return undefined;
  if (statusOf(options.value).code !== status.success) return undefined;
  clearHostBits(bytes, length);
  const address = ipv6FromBytes(bytes);
  return isHost(address) ? { prefix: { address, length }, preferredSeconds, validSeconds } : undefined;
}

function isHost(address: Ipv6Address): boolean {
  return address !== '::' && address !== '::1' && !contains(multicast, address) && !contains(linkLocal, address);
}

function clearHostBits(bytes: Uint8Array, length: number): void {
  for (let at = 0; at < 16; at++) {
    const kept = Math.min(8, Math.max(0, length - at * 8));
    bytes[at] = (bytes[at] as number) & (0xff00 >>> kept);
  }
}

export interface AssociationTimes {
  readonly t1: number;
  readonly t2: number;
}

const noTimes: AssociationTimes = { t1: 0, t2: 0 };

export function encodeIaNa(
  iaid: number,
  addresses: readonly Dhcp6Address[],
  times = noTimes,
  more: readonly RawOption[] = [],
): RawOption {
  const bindings = addresses.map(({ address, preferredSeconds, validSeconds }) => ({
    code: optionCode.iaAddress,
    value: new ByteWriter(24).bytes(ipv6ToBytes(address)).uint32(preferredSeconds).uint32(validSeconds).finish(),
  }));
  return encode(optionCode.iaNa, iaid, times, [...bindings, ...more]);
}

export function encodeIaPd(
  iaid: number,
  prefixes: readonly Dhcp6Prefix[],
  times = noTimes,
  more: readonly RawOption[] = [],
): RawOption {
  const bindings = prefixes.map(({ prefix, preferredSeconds, validSeconds }) => ({
    code: optionCode.iaPrefix,
    value: new ByteWriter(25)
      .uint32(preferredSeconds)
      .uint32(validSeconds)
      .uint8(prefix.length)
      .bytes(ipv6ToBytes(prefix.address))
      .finish(),
  }));
  return encode(optionCode.iaPd, iaid, times, [...bindings, ...more]);
}

function encode(code: number, iaid: number, { t1, t2 }: AssociationTimes, options: readonly RawOption[]): RawOption {
  const writer = new ByteWriter(headerBytes + 32).uint32(iaid).uint32(t1).uint32(t2);
  return { code, value: writer.bytes(encodeOptions(options)).finish() };
}
