/** The DHCPv6 options this package knows: their codes and where they are specified, and the shapes of the simple ones. */
import { ByteReader, ByteWriter } from '@connman/base';
import { type Duid, duidFromBytes, duidToBytes, type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from '@connman/inet';
import { domainSearch } from '../v4/domain-search';
import { domainNameOf, webUrlOf } from '../v4/names';
import type { RawOption } from './message';

export const optionCode = {
  /** RFC 8415 section 21. */
  clientId: 1,
  serverId: 2,
  iaNa: 3,
  iaAddress: 5,
  optionRequest: 6,
  preference: 7,
  elapsedTime: 8,
  statusCode: 13,
  rapidCommit: 14,
  iaPd: 25,
  iaPrefix: 26,
  informationRefreshTime: 32,
  solMaxRt: 82,
  infMaxRt: 83,
  /** RFC 3646. */
  dnsServers: 23,
  domainList: 24,
  /** RFC 4075. */
  sntpServers: 31,
  /** RFC 4704. */
  clientFqdn: 39,
  /** RFC 5908. */
  ntpServer: 56,
  /** RFC 8910. */
  captivePortal: 103,
} as const;

/** Status codes (section 21.13). */
export const status = {
  success: 0,
  unspecFail: 1,
  noAddrsAvail: 2,
  noBinding: 3,
  notOnLink: 4,
  useMulticast: 5,
  noPrefixAvail: 6,
} as const;

/** The first of its code, the way a singleton option that is sent twice is read. */
export function firstOf(options: readonly RawOption[], code: number): Uint8Array | undefined {
  return options.find((option) => option.code === code)?.value;
}

export function allOf(options: readonly RawOption[], code: number): readonly Uint8Array[] {
  return options.filter((option) => option.code === code).map(({ value }) => value);
}

export function duidOf(options: readonly RawOption[], code: number): Duid | undefined {
  const value = firstOf(options, code);
  return value && duidFromBytes(value);
}

export interface Status {
  readonly code: number;
  /** The server's words; anything may be in them. */
  readonly message: string;
}

/** Success where the option is absent (section 21.13). */
export function statusOf(options: readonly RawOption[]): Status {
  const value = firstOf(options, optionCode.statusCode);
  if (!value || value.length < 2) return { code: status.success, message: '' };
  return {
    code: new ByteReader(value).uint16(),
    message: Buffer.from(value.subarray(2)).toString('utf8').slice(0, 80),
  };
}

export function uint8Of(options: readonly RawOption[], code: number): number | undefined {
  return firstOf(options, code)?.[0];
}

export function uint32Of(options: readonly RawOption[], code: number): number | undefined {
  const value = firstOf(options, code);
  return value && value.length >= 4 ? new ByteReader(value).uint32() : undefined;
}

/** As many whole addresses as there are. */
export function addressesIn(value: Uint8Array): Ipv6Address[] {
  const list: Ipv6Address[] = [];
  for (let at = 0; at + 16 <= value.length; at += 16) list.push(ipv6FromBytes(value, at));
  return list;
}

/** Names that can be host names; the wire format of RFC 8415 section 10. */
export function namesIn(value: Uint8Array): string[] {
  return (domainSearch.decode(value) ?? []).flatMap((name) => domainNameOf(name) ?? []);
}

/** The addresses and names of an NTP server option, each in a suboption of its own (RFC 5908 section 4). */
export function ntpServersIn(suboptions: readonly RawOption[]): string[] {
  const unicast = 1;
  const name = 3;
  return suboptions.flatMap(({ code, value }) => {
    if (code === unicast) return addressesIn(value).slice(0, 1);
    return code === name ? namesIn(value).slice(0, 1) : [];
  });
}

export function urlIn(value: Uint8Array): string | undefined {
  return webUrlOf(Buffer.from(value).toString('latin1'));
}

// Writing.

export const write = {
  duid: (code: number, duid: Duid): RawOption => ({ code, value: duidToBytes(duid) }),
  empty: (code: number): RawOption => ({ code, value: new Uint8Array(0) }),
  uint8: (code: number, value: number): RawOption => ({ code, value: Uint8Array.of(value) }),
  uint16: (code: number, value: number): RawOption => ({ code, value: new ByteWriter(2).uint16(value).finish() }),
  uint32: (code: number, value: number): RawOption => ({ code, value: new ByteWriter(4).uint32(value).finish() }),
  codes(codes: readonly number[]): RawOption {
    const writer = new ByteWriter(codes.length * 2);
    for (const code of codes) writer.uint16(code);
    return { code: optionCode.optionRequest, value: writer.finish() };
  },
  addresses(code: number, addresses: readonly Ipv6Address[]): RawOption {
    const writer = new ByteWriter(addresses.length * 16);
    for (const address of addresses) writer.bytes(ipv6ToBytes(address));
    return { code, value: writer.finish() };
  },
  names(code: number, names: readonly string[]): RawOption {
    const writer = new ByteWriter(64);
    // One by one: names must not share their ends here (RFC 8415 section 10).
    for (const name of names) writer.bytes(domainSearch.encode([name]));
    return { code, value: writer.finish() };
  },
  status: (code: number, message = ''): RawOption => ({
    code: optionCode.statusCode,
    value: new ByteWriter(16).uint16(code).bytes(Buffer.from(message)).finish(),
  }),
  /** Flags 0: the server does the AAAA record, if any (RFC 4704 section 4); a single label is a partial name, without a root. */
  fqdn(hostname: string): RawOption {
    const name = domainSearch.encode([hostname]);
    const partial = hostname.includes('.') ? name : name.subarray(0, -1);
    return { code: optionCode.clientFqdn, value: Uint8Array.of(0, ...partial) };
  },
} as const;
