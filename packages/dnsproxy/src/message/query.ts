/**
 * Reading a client's question straight from its datagram: what the hit path needs and no more, into one object that is used
 * again for each question, so that answering from the cache makes no garbage.
 */
import { Class, classicUdpSize, Flag, headerLength, maxLabelLength, maxNameLength, Rcode, Type } from './constants';
import { lowerCase } from './name';

/** What to do with a datagram that claims to be a question. */
export const Verdict = {
  /** A question to answer; the fields of the Query are valid. */
  ANSWER: 0,
  /** Nothing that may be answered: shorter than a header, or itself an answer (replying could make a loop). */
  DROP: 1,
  /** To be answered with the rcode in `rcode`. `end` tells how much of the question may be repeated. */
  REJECT: 2,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** Bits of `Query.variant`: questions that differ here have different answers. */
export const Variant = { DO: 1, CD: 2, NO_RECURSION: 4 } as const;

const noBytes = new Uint8Array(0);

export class Query {
  /** The datagram this was read from, and where it starts and ends in there. */
  bytes: Uint8Array = noBytes;
  start = 0;
  end = 0;
  /** Flags word as the client sent it. */
  flags = 0;
  /** Behind the question: the octets [start+12, questionEnd) are name, type and class. */
  questionEnd = 0;
  type = 0;
  class = 0;
  /** Of the lower-cased question and the variant. */
  hash = 0;
  variant = 0;
  hasEdns = false;
  /** The largest answer the client takes over UDP: at least 512. */
  udpSize = classicUdpSize;
  rcode = 0;

  /** The same question on bytes of its own, for longer than the datagram lives. */
  copy(): Query {
    const copy = new Query();
    copy.bytes = this.bytes.slice(this.start, this.end);
    copy.end = copy.bytes.length;
    copy.flags = this.flags;
    copy.questionEnd = this.questionEnd - this.start;
    copy.type = this.type;
    copy.class = this.class;
    copy.hash = this.hash;
    copy.variant = this.variant;
    copy.hasEdns = this.hasEdns;
    copy.udpSize = this.udpSize;
    return copy;
  }
}

/**
 * Reads the message in bytes [start, end) into `query`. `seed` makes the hash unpredictable from outside, so that no one can
 * choose names that fall into one bucket.
 */
export function readQuery(bytes: Uint8Array, start: number, end: number, seed: number, query: Query): Verdict {
  if (end - start < headerLength) return Verdict.DROP;
  const flags = ((bytes[start + 2] as number) << 8) | (bytes[start + 3] as number);
  if (flags & Flag.QR) return Verdict.DROP;
  query.bytes = bytes;
  query.start = start;
  query.end = end;
  query.flags = flags;
  query.questionEnd = start + headerLength;
  query.hasEdns = false;
  query.udpSize = classicUdpSize;
  query.variant = 0;
  query.type = 0;
  query.class = 0;
  if (flags & Flag.OPCODE) return reject(query, Rcode.NOTIMP);
  // Exactly one question (RFC 9619), and nothing in the answer and authority sections.
  if (
    bytes[start + 4] !== 0 ||
    bytes[start + 5] !== 1 ||
    bytes[start + 6] !== 0 ||
    bytes[start + 7] !== 0 ||
    bytes[start + 8] !== 0 ||
    bytes[start + 9] !== 0
  ) {
    return reject(query, Rcode.FORMERR);
  }
  let at = start + headerLength;
  let hash = seed;
  for (;;) {
    if (at >= end) return reject(query, Rcode.FORMERR);
    const label = bytes[at] as number;
    hash = Math.imul(hash ^ label, 0x01000193);
    if (label === 0) break;
    const labelEnd = at + 1 + label;
    // A pointer in the question has nowhere to lead to; its first octet is far above 63.
    if (label > maxLabelLength || labelEnd >= end || labelEnd - start - headerLength >= maxNameLength) {
      return reject(query, Rcode.FORMERR);
    }
    for (at++; at < labelEnd; at++) {
      hash = Math.imul(hash ^ (lowerCase[bytes[at] as number] as number), 0x01000193);
    }
  }
  if (at + 5 > end) return reject(query, Rcode.FORMERR);
  const type = ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  const classNumber = ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
  at += 5;
  query.questionEnd = at;
  query.type = type;
  query.class = classNumber;
  let variant = (flags & Flag.CD ? Variant.CD : 0) | (flags & Flag.RD ? 0 : Variant.NO_RECURSION);

  const additional = ((bytes[start + 10] as number) << 8) | (bytes[start + 11] as number);
  if (additional === 1) {
    // The one record allowed is OPT with the root as its owner (RFC 6891 section 6.1.1).
    if (at + 11 > end || bytes[at] !== 0 || bytes[at + 1] !== 0 || bytes[at + 2] !== Type.OPT) {
      return reject(query, Rcode.FORMERR);
    }
    query.hasEdns = true;
    const size = ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
    query.udpSize = size < classicUdpSize ? classicUdpSize : size;
    if ((bytes[at + 7] as number) & 0x80) variant |= Variant.DO;
    if (at + 11 + (((bytes[at + 9] as number) << 8) | (bytes[at + 10] as number)) !== end) {
      return reject(query, Rcode.FORMERR);
    }
    if (bytes[at + 6] !== 0) return reject(query, Rcode.BADVERS);
  } else if (additional !== 0 || at !== end) {
    return reject(query, Rcode.FORMERR);
  }
  query.variant = variant;
  // Transfers need a conversation with the zone's server itself, and the other meta types mean nothing to a forwarder.
  if (type === Type.OPT || (type >= Type.TKEY && type <= Type.AXFR)) return reject(query, Rcode.NOTIMP);
  if (classNumber === Class.CH || classNumber === Class.NONE) return reject(query, Rcode.REFUSED);
  hash = Math.imul(hash ^ type, 0x01000193);
  hash = Math.imul(hash ^ (classNumber << 3) ^ variant, 0x01000193);
  query.hash = hash ^ (hash >>> 15);
  return Verdict.ANSWER;
}

function reject(query: Query, rcode: number): Verdict {
  query.rcode = rcode;
  return Verdict.REJECT;
}

/** A copy of the lower-cased question (name, type, class): what the cache and the table of pending questions are keyed by. */
export function questionKey(query: Query): Uint8Array {
  const from = query.start + headerLength;
  const key = query.bytes.slice(from, query.questionEnd);
  // Type and class must keep their octets: 0x41 there is no letter.
  for (let i = 0; i < key.length - 4; i++) key[i] = lowerCase[key[i] as number] as number;
  return key;
}
