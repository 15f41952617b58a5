/** Answers of our own making: refusals with an rcode, and the header and OPT record every answer to a client carries. */
import { EdnsOption, Flag, headerLength, Type } from './constants';
import type { Query } from './query';

/** Octets of the OPT record we put behind an answer, without options. */
export const optLength = 11;
/** What we say we take over UDP: fits every path unfragmented (DNS flag day 2020). */
export const ourUdpSize = 1232;

/**
 * Writes header and question of an answer to `query`, the letters of the name as the client wrote them.
 * Returns the offset behind the question. Counts other than the question's are left zero.
 */
export function writeReplyHead(query: Query, flags: number, out: Uint8Array, at: number): number {
  const { bytes, start, questionEnd } = query;
  out[at] = bytes[start] as number;
  out[at + 1] = bytes[start + 1] as number;
  out[at + 2] = flags >>> 8;
  out[at + 3] = flags;
  out[at + 4] = 0;
  out[at + 5] = questionEnd > start + headerLength ? 1 : 0;
  for (let i = 6; i < headerLength; i++) out[at + i] = 0;
  for (let from = start + headerLength, to = at + headerLength; from < questionEnd; ) {
    out[to++] = bytes[from++] as number;
  }
  return at + questionEnd - start;
}

/** Appends our OPT record; `extendedError` (RFC 8914) is left out when it is negative. Returns the offset behind it. */
export function writeOpt(out: Uint8Array, at: number, rcode: number, dnssecOk: boolean, extendedError = -1): number {
  out[at] = 0;
  out[at + 1] = 0;
  out[at + 2] = Type.OPT;
  out[at + 3] = ourUdpSize >>> 8;
  out[at + 4] = ourUdpSize & 255;
  out[at + 5] = rcode >>> 4;
  out[at + 6] = 0;
  out[at + 7] = dnssecOk ? 0x80 : 0;
  out[at + 8] = 0;
  out[at + 9] = 0;
  out[at + 10] = extendedError < 0 ? 0 : 6;
  if (extendedError < 0) return at + optLength;
  out[at + 11] = 0;
  out[at + 12] = EdnsOption.EXTENDED_ERROR;
  out[at + 13] = 0;
  out[at + 14] = 2;
  out[at + 15] = extendedError >>> 8;
  out[at + 16] = extendedError;
  return at + optLength + 6;
}

/** The flags of an answer to `query`: recursion is available, the client's RD and CD come back (RFC 1035, RFC 4035). */
function replyFlags(query: Query, rcode: number): number {
  return Flag.QR | Flag.RA | (query.flags & (Flag.OPCODE | Flag.RD | Flag.CD)) | (rcode & Flag.RCODE);
}

/** An answer with an rcode and no records. Returns its length. */
export function writeEmptyReply(query: Query, rcode: number, out: Uint8Array, at: number, extendedError = -1): number {
  let end = writeReplyHead(query, replyFlags(query, rcode), out, at);
  if (query.hasEdns) {
    end = writeOpt(out, end, rcode, (query.variant & 1) !== 0, extendedError);
    out[at + 11] = 1;
  }
  return end - at;
}
