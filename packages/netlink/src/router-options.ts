/** What routers advertise of names, portals and NAT64, passed on by the kernel: struct nduseroptmsg (linux/rtnetlink.h), RFC 8106, 8910, 8781. */
import { type DecodeError, err, ok, type Result } from '@connman/base';
import { type Ipv6Address, ipv6FromBytes } from '@connman/inet';
import { familyOfDomain } from './domain';
import type { RouterOption, RouterOptions } from './facts';
import { int32, uint16 } from './wire';

export const RTM_NEWNDUSEROPT = 68;

/** struct nduseroptmsg. */
const NDUSEROPTMSG_BYTES = 16;
const ROUTER_ADVERTISEMENT = 134;
const RDNSS = 25;
const DNSSL = 31;
const CAPTIVE_PORTAL = 37;
const PREF64 = 38;
/** Type, length, two reserved bytes and the lifetime, before the addresses or names of either option. */
const OPTION_HEAD_BYTES = 8;
const ADDRESS_BYTES = 16;
/** RFC 1035 section 2.3.4. */
const LONGEST_NAME = 255;

/** The body of an RTM_NEWNDUSEROPT; undefined if it holds no option that is of use. */
export function decodeRouterOptions(
  bytes: Uint8Array,
  start: number,
  end: number,
): Result<RouterOptions | undefined, DecodeError> {
  if (end - start < NDUSEROPTMSG_BYTES) return refuse(start, 'header cut short');
  if (familyOfDomain(bytes[start]) !== 6 || bytes[start + 8] !== ROUTER_ADVERTISEMENT) return ok(undefined);
  let at = start + NDUSEROPTMSG_BYTES;
  const limit = at + uint16(bytes, start + 2);
  if (limit > end) return refuse(start, 'options cut short');
  const options: RouterOption[] = [];
  while (at < limit) {
    const length = 8 * (bytes[at + 1] ?? 0);
    if (length === 0 || at + length > limit) return refuse(at, 'an option whose length does not fit');
    const option = decodeOption(bytes, at, at + length);
    if (!option.ok) return option;
    if (option.value) options.push(option.value);
    at += length;
  }
  return ok(options.length > 0 ? { ifindex: int32(bytes, start + 4), options } : undefined);
}

function decodeOption(bytes: Uint8Array, start: number, end: number): Result<RouterOption | undefined, DecodeError> {
  if (bytes[start] === RDNSS) return decodeNameservers(bytes, start, end);
  if (bytes[start] === CAPTIVE_PORTAL) return decodeCaptivePortal(bytes, start, end);
  if (bytes[start] === PREF64) return decodePref64(bytes, start, end);
  return bytes[start] === DNSSL ? decodeSearchDomains(bytes, start, end) : ok(undefined);
}

/** Section 5.1. */
function decodeNameservers(bytes: Uint8Array, start: number, end: number): Result<RouterOption, DecodeError> {
  const first = start + OPTION_HEAD_BYTES;
  if (end === first || (end - first) % ADDRESS_BYTES !== 0) return refuse(start, 'RDNSS of a wrong length');
  const addresses: Ipv6Address[] = [];
  for (let at = first; at < end; at += ADDRESS_BYTES) {
    if (!isServer(bytes, at)) return refuse(at, `RDNSS with ${ipv6FromBytes(bytes, at)}, which is no server's address`);
    addresses.push(ipv6FromBytes(bytes, at));
  }
  return ok({ kind: 'nameservers', addresses, lifetimeSeconds: lifetimeOf(bytes, start) });
}

/** Not a multicast address, and none of those that stand for no one, for this host or for an IPv4 address (::/80). */
function isServer(bytes: Uint8Array, at: number): boolean {
  return bytes[at] !== 0xff && bytes.subarray(at, at + 10).some((byte) => byte !== 0);
}

/** Section 5.2. */
function decodeSearchDomains(bytes: Uint8Array, start: number, end: number): Result<RouterOption, DecodeError> {
  const domains: string[] = [];
  let at = start + OPTION_HEAD_BYTES;
  // What follows the last name is filled up with zeros.
  while (at < end && bytes[at] !== 0) {
    const name = decodeName(bytes, at, end);
    if (name === undefined) return refuse(at, 'DNSSL with what is no domain name');
    domains.push(name);
    at += name.length + 2;
  }
  if (domains.length === 0) return refuse(start, 'DNSSL without a domain name');
  return ok({ kind: 'search-domains', domains, lifetimeSeconds: lifetimeOf(bytes, start) });
}

/** RFC 8910 section 2.3: a URI, filled up with zeros. */
function decodeCaptivePortal(bytes: Uint8Array, start: number, end: number): Result<RouterOption, DecodeError> {
  const text = Buffer.from(bytes.subarray(start + 2, end))
    .toString('latin1')
    .replace(/\0+$/, '');
  if (!/^[\x21-\x7e]+$/.test(text)) return refuse(start, 'a captive portal option without a URI');
  return ok({ kind: 'captive-portal', uri: text });
}

/** By the prefix length code (RFC 8781 section 4). */
const pref64Lengths = [96, 64, 56, 48, 40, 32];

/**
 * RFC 8781 section 4: 13 bits of lifetime in units of 8 s, a code for the length, and the first 96 bits of the prefix. Codes of
 * later specifications are passed over.
 */
function decodePref64(bytes: Uint8Array, start: number, end: number): Result<RouterOption | undefined, DecodeError> {
  if (end - start !== 16) return refuse(start, 'PREF64 of a wrong length');
  const scaled = ((bytes[start + 2] as number) << 8) | (bytes[start + 3] as number);
  const length = pref64Lengths[scaled & 7];
  if (length === undefined) return ok(undefined);
  const address = new Uint8Array(16);
  address.set(bytes.subarray(start + 4, start + 4 + length / 8));
  return ok({
    kind: 'nat64',
    prefix: { address: ipv6FromBytes(address), length },
    lifetimeSeconds: (scaled >>> 3) * 8,
  });
}

/** A name in lower case, without compression (RFC 1035 section 3.1); only what a host name may hold, as it becomes text. */
function decodeName(bytes: Uint8Array, start: number, end: number): string | undefined {
  const labels: string[] = [];
  let at = start;
  for (let size = bytes[at]; size !== 0; size = bytes[at]) {
    if (size === undefined || size > 63 || at + 1 + size >= end) return undefined;
    const label = String.fromCharCode(...bytes.subarray(at + 1, at + 1 + size)).toLowerCase();
    if (!/^[a-z0-9_-]+$/.test(label)) return undefined;
    labels.push(label);
    at += 1 + size;
  }
  return at + 1 - start <= LONGEST_NAME ? labels.join('.') : undefined;
}

function lifetimeOf(bytes: Uint8Array, start: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(start + 4);
}

function refuse(offset: number, reason: string): Result<never, DecodeError> {
  return err({ layer: 'router advertisement', offset, reason });
}
