/**
 * Where the domain names are inside record data: only in these types may a name be compressed (RFC 3597 section 4, RFC 2782
 * for what old servers do to SRV), so only these need rewriting when a record moves to another message.
 */
import { Type } from './constants';

/** Octets before the first name, number of names in a row; what follows is copied. */
export interface NameLayout {
  readonly before: number;
  readonly names: number;
  /** Whether the names may also be written compressed; false for types younger than RFC 1035. */
  readonly compress: boolean;
}

const one: NameLayout = { before: 0, names: 1, compress: true };
const two: NameLayout = { before: 0, names: 2, compress: true };

const layouts = new Map<number, NameLayout>([
  [Type.NS, one],
  [Type.MD, one],
  [Type.MF, one],
  [Type.CNAME, one],
  [Type.SOA, two],
  [Type.MB, one],
  [Type.MG, one],
  [Type.MR, one],
  [Type.PTR, one],
  [Type.MINFO, two],
  [Type.MX, { before: 2, names: 1, compress: true }],
  // RP, AFSDB, RT, PX, KX: never compressed on sending, but some senders did.
  [17, { before: 0, names: 2, compress: false }],
  [18, { before: 2, names: 1, compress: false }],
  [21, { before: 2, names: 1, compress: false }],
  [26, { before: 2, names: 2, compress: false }],
  [36, { before: 2, names: 1, compress: false }],
  [Type.SRV, { before: 6, names: 1, compress: false }],
  [Type.DNAME, { before: 0, names: 1, compress: false }],
]);

/** Undefined when the data of this type may be copied as it is. */
export function nameLayoutOf(type: number): NameLayout | undefined {
  return layouts.get(type);
}

/** Types with names that are copied as they are, and yet may repeat what was asked: the zone of a signature, a service's host. */
const copiedNames = new Map<number, NameLayout>([
  [Type.RRSIG, { before: 18, names: 1, compress: false }],
  [Type.SVCB, { before: 2, names: 1, compress: false }],
  [Type.HTTPS, { before: 2, names: 1, compress: false }],
]);

/** Where names stand that a server may have taken from the question. */
export function echoLayoutOf(type: number): NameLayout | undefined {
  return layouts.get(type) ?? copiedNames.get(type);
}
