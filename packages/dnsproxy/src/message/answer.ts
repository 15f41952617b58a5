/** Putting an answer together for one client: its own question and id, the records, TTLs counted down, its size kept. */
import { Flag } from './constants';
import { type Query, Variant } from './query';
import { optLength, writeOpt, writeReplyHead } from './reply';

/**
 * An answer without what differs from client to client. `octets` holds, from `at` on, the offsets of the TTLs within the body
 * (two octets each, low first) and then the body: everything behind the question, OPT left out.
 */
export interface AnswerParts {
  /** AD and the rcode's low bits. */
  flags: number;
  answers: number;
  authorities: number;
  additional: number;
  octets: Uint8Array;
  at: number;
  ttlCount: number;
  bodyLength: number;
  /** Octets of the body up to the end of the answer section, and up to the end of the authority section. */
  answersEnd: number;
  authoritiesEnd: number;
  /** The authority section is part of what was asked for: an SOA that says "no", or the proof of a wildcard. */
  needsAuthority: boolean;
}

/**
 * Writes the answer to `query` to `out` from `start` on, within `limit` octets. What was not asked for is left out if it does
 * not fit; if the rest does not fit either, the question alone is written with TC set (RFC 2181 section 9). `elapsed` seconds
 * are taken off each TTL; `fixedTtl`, unless negative, replaces them. `extendedError` goes into the OPT record unless negative.
 * Returns the answer's length.
 */
export function writeAnswer(
  query: Query,
  parts: AnswerParts,
  elapsed: number,
  fixedTtl: number,
  limit: number,
  out: Uint8Array,
  start: number,
  extendedError: number,
): number {
  const dnssecOk = (query.variant & Variant.DO) !== 0;
  // AD is told only to who understands it (RFC 6840 section 5.8).
  const told = dnssecOk || (query.flags & Flag.AD) !== 0 ? parts.flags : parts.flags & ~Flag.AD;
  let flags = Flag.QR | Flag.RA | (query.flags & (Flag.RD | Flag.CD)) | told;
  let { answers, authorities, additional, bodyLength } = parts;
  const optOctets = query.hasEdns ? optLength + (extendedError < 0 ? 0 : 6) : 0;
  const room = limit - (query.questionEnd - query.start) - optOctets;
  if (bodyLength > room) {
    additional = 0;
    bodyLength = parts.authoritiesEnd;
    if (bodyLength > room && !parts.needsAuthority) {
      authorities = 0;
      bodyLength = parts.answersEnd;
    }
    if (bodyLength > room) {
      answers = 0;
      authorities = 0;
      bodyLength = 0;
      flags |= Flag.TC;
    }
  }
  let end = writeReplyHead(query, flags, out, start);
  const { octets } = parts;
  const bodyTo = end;
  const bodyFrom = parts.at + 2 * parts.ttlCount;
  for (let i = bodyFrom, stop = bodyFrom + bodyLength; i < stop; ) out[end++] = octets[i++] as number;
  if (elapsed > 0 || fixedTtl >= 0) {
    for (let i = parts.at, stop = i + 2 * (answers + authorities + additional); i < stop; i += 2) {
      countDown(out, bodyTo + ((octets[i] as number) | ((octets[i + 1] as number) << 8)), elapsed, fixedTtl);
    }
  }
  if (query.hasEdns) additional++;
  out[start + 6] = answers >>> 8;
  out[start + 7] = answers;
  out[start + 8] = authorities >>> 8;
  out[start + 9] = authorities;
  out[start + 10] = additional >>> 8;
  out[start + 11] = additional;
  if (query.hasEdns) end = writeOpt(out, end, flags & Flag.RCODE, dnssecOk, extendedError);
  return end - start;
}

/** An rcode and no records. */
export function emptyParts(rcode: number): AnswerParts {
  return {
    flags: rcode & Flag.RCODE,
    answers: 0,
    authorities: 0,
    additional: 0,
    octets: new Uint8Array(0),
    at: 0,
    ttlCount: 0,
    bodyLength: 0,
    answersEnd: 0,
    authoritiesEnd: 0,
    needsAuthority: false,
  };
}

function countDown(out: Uint8Array, at: number, elapsed: number, fixedTtl: number): void {
  let ttl = fixedTtl;
  if (ttl < 0) {
    ttl =
      ((out[at] as number) << 24) |
      ((out[at + 1] as number) << 16) |
      ((out[at + 2] as number) << 8) |
      (out[at + 3] as number);
    ttl = ttl > elapsed ? ttl - elapsed : 0;
  }
  out[at] = ttl >>> 24;
  out[at + 1] = ttl >>> 16;
  out[at + 2] = ttl >>> 8;
  out[at + 3] = ttl;
}
