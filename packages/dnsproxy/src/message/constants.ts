/** The numbers of the DNS wire format, named as the IANA registry "DNS Parameters" names them. */

/** Octets of the fixed header (RFC 1035 section 4.1.1). */
export const headerLength = 12;
/** A name on the wire, root label included (RFC 1035 section 2.3.4). */
export const maxNameLength = 255;
export const maxLabelLength = 63;
/** What a client without EDNS accepts over UDP (RFC 1035 section 2.3.4). */
export const classicUdpSize = 512;
export const maxMessageLength = 65535;

/** Bits of the second header word (RFC 1035 section 4.1.1, RFC 4035 section 3). */
export const Flag = {
  QR: 0x8000,
  OPCODE: 0x7800,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  Z: 0x0040,
  AD: 0x0020,
  CD: 0x0010,
  RCODE: 0x000f,
} as const;

export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  /** Needs EDNS: the upper bits travel in the OPT record (RFC 6891 section 6.1.3). */
  BADVERS: 16,
} as const;

export const Class = { IN: 1, CH: 3, NONE: 254, ANY: 255 } as const;

/** Record types this program has something to say about; every other number passes through unharmed. */
export const Type = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const;

/** EDNS option codes (RFC 6891 section 9). */
export const EdnsOption = { PADDING: 12, EXTENDED_ERROR: 15 } as const;

/** INFO-CODEs of an extended error (RFC 8914 section 4). */
export const ExtendedError = {
  STALE_ANSWER: 3,
  NOT_READY: 14,
  BLOCKED: 15,
  PROHIBITED: 18,
  STALE_NXDOMAIN: 19,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
} as const;

const typeNames = new Map<number, string>(Object.entries(Type).map(([name, number]) => [number, name]));

/** `AAAA`, or `TYPE4711` for a number without a name here (RFC 3597 section 5). */
export function formatType(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}

/** The number of a type's name or of its `TYPE4711` form; undefined if it is neither. */
export function parseType(text: string): number | undefined {
  const upper = text.toUpperCase();
  const named = (Type as Readonly<Record<string, number>>)[upper];
  if (named !== undefined) return named;
  const number = /^TYPE(\d{1,5})$/.exec(upper)?.[1];
  return number !== undefined && Number(number) <= 0xffff ? Number(number) : undefined;
}

const rcodeNames = new Map<number, string>(Object.entries(Rcode).map(([name, number]) => [number, name]));

export function formatRcode(rcode: number): string {
  return rcodeNames.get(rcode) ?? `RCODE${rcode}`;
}
