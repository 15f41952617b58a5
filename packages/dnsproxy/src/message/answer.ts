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
}

/**
 * Writes the answer to `query` to `out` from `start` on, within `limit` octets; if it does not fit, the question alone with TC
 * set (RFC 2181 section 9). `elapsed` seconds are taken off each TTL; `fixedTtl`, unless negative, replaces them.
 * `extendedError` goes into the OPT record unless negative. Returns the answer's length.
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
  const { bodyLength } = parts;
  const optOctets = query.hasEdns ? optLength + (extendedError < 0 ? 0 : 6) : 0;
  const fits = query.questionEnd - query.start + bodyLength + optOctets <= limit;
  if (!fits) flags |= Flag.TC;
  let end = writeReplyHead(query, flags, out, start);
  let additional = query.hasEdns ? 1 : 0;
  if (fits) {
    const { octets, answers, authorities } = parts;
    const bodyTo = end;
    const bodyFrom = parts.at + 2 * parts.ttlCount;
    for (let i = bodyFrom, stop = bodyFrom + bodyLength; i < stop; ) out[end++] = octets[i++] as number;
    if (elapsed > 0 || fixedTtl >= 0) {
      for (let i = parts.at; i < bodyFrom; i += 2) {
        countDown(out, bodyTo + ((octets[i] as number) | ((octets[i + 1] as number) << 8)), elapsed, fixedTtl);
      }
    }
    additional += parts.additional;
    out[start + 6] = answers >>> 8;
    out[start + 7] = answers;
    out[start + 8] = authorities >>> 8;
    out[start + 9] = authorities;
  }
  out[start + 10] = additional >>> 8;
  out[start + 11] = additional;
  if (query.hasEdns) end = writeOpt(out, end, flags & Flag.RCODE, dnssecOk, extendedError);
  return end - start;
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
