/**
 * A whole message as a list of where things are in it: the bytes themselves stay where they are, so what this program does
 * not understand passes through unharmed.
 */
import { type DecodeError, err, ok, type Result } from '@connman/base';
import { Flag, headerLength, Type } from './constants';
import { skipName } from './name';

export const Section = { ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2 } as const;
export type Section = (typeof Section)[keyof typeof Section];

/** One resource record (RFC 1035 section 4.1.3); offsets are from the start of the message's bytes. */
export interface ResourceRecord {
  readonly section: Section;
  readonly nameAt: number;
  readonly type: number;
  readonly class: number;
  /** Seconds, 0..2^31-1: a value with the highest bit set counts as 0 (RFC 2181 section 8). */
  readonly ttl: number;
  readonly ttlAt: number;
  readonly dataAt: number;
  readonly dataLength: number;
}

export interface Question {
  /** Always 12: the question is the first thing behind the header. */
  readonly nameAt: number;
  readonly type: number;
  readonly class: number;
  /** Behind the class. */
  readonly end: number;
}

/** The OPT record's fixed part (RFC 6891 section 6.1.3). */
export interface Edns {
  readonly udpSize: number;
  readonly extendedRcode: number;
  readonly version: number;
  readonly dnssecOk: boolean;
}

export interface Message {
  readonly bytes: Uint8Array;
  readonly id: number;
  /** The second header word as it came. */
  readonly flags: number;
  /** Twelve bits when there is an OPT record, else four. */
  readonly rcode: number;
  /** Undefined when the question section is empty. */
  readonly question: Question | undefined;
  /** Answer, authority and additional section in their order, OPT left out. */
  readonly records: readonly ResourceRecord[];
  readonly edns: Edns | undefined;
  /** No OPT record stands between the others: from the first to the last they are one piece. */
  readonly isContiguous: boolean;
  /** TC is set and a record is not whole; `records` are those before it. */
  readonly isCut: boolean;
}

function fault(offset: number, reason: string): { readonly ok: false; readonly error: DecodeError } {
  return err({ layer: 'dns', offset, reason });
}

/**
 * Reads a message, as leniently as is safe. Answer and authority section must be whole, unless TC says that they are not. Of a
 * refusal the header is enough. Bytes behind the last record, an ARCOUNT beyond the last record, and OPT records that are one
 * too many or out of place do no harm. Names inside record data are looked at only by who uses them.
 */
export function decodeMessage(bytes: Uint8Array): Result<Message, DecodeError> {
  const end = bytes.length;
  if (end < headerLength) return fault(end, 'shorter than the header of 12 bytes');
  const word = (at: number) => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const flags = word(2);
  const questions = word(4);
  if (questions > 1) return fault(4, `${questions} questions`);
  let at = headerLength;
  let question: Question | undefined;
  if (questions === 1) {
    const nameEnd = skipName(bytes, at, end);
    if (nameEnd < 0 || nameEnd + 4 > end) {
      if (flags & Flag.RCODE) return ok(bareRefusal(bytes, word(0), flags));
      return fault(at, 'the question is malformed or cut short');
    }
    question = { nameAt: at, type: word(nameEnd), class: word(nameEnd + 2), end: nameEnd + 4 };
    at = nameEnd + 4;
  }
  const records: ResourceRecord[] = [];
  let edns: Edns | undefined;
  let optSeen = false;
  let isContiguous = true;
  let isCut = false;
  sections: for (let section = 0; section < 3; section++) {
    const count = word(6 + 2 * section);
    for (let i = 0; i < count; i++) {
      if (at === end && section === Section.ADDITIONAL) break sections;
      const nameAt = at;
      const nameEnd = skipName(bytes, at, end);
      const dataAt = nameEnd + 10;
      const dataLength = nameEnd < 0 || dataAt > end ? 0 : word(nameEnd + 8);
      if (nameEnd < 0 || dataAt + dataLength > end) {
        if ((flags & Flag.TC) === 0) return fault(nameAt, 'a record is malformed or cut short');
        isCut = true;
        break sections;
      }
      const type = word(nameEnd);
      at = dataAt + dataLength;
      if (type === Type.OPT) {
        optSeen = true;
        if (edns || section !== Section.ADDITIONAL || bytes[nameAt] !== 0) continue;
        edns = {
          udpSize: word(nameEnd + 2),
          extendedRcode: bytes[nameEnd + 4] as number,
          version: bytes[nameEnd + 5] as number,
          dnssecOk: ((bytes[nameEnd + 6] as number) & 0x80) !== 0,
        };
        continue;
      }
      if (optSeen) isContiguous = false;
      const highTtl = word(nameEnd + 4);
      const ttl = highTtl & 0x8000 ? 0 : highTtl * 0x10000 + word(nameEnd + 6);
      records.push({
        section: section as Section,
        nameAt,
        type,
        class: word(nameEnd + 2),
        ttl,
        ttlAt: nameEnd + 4,
        dataAt,
        dataLength,
      });
    }
  }
  const rcode = ((edns?.extendedRcode ?? 0) << 4) | (flags & Flag.RCODE);
  return ok({ bytes, id: word(0), flags, rcode, question, records, edns, isContiguous, isCut });
}

/** A refusal that promises a question it does not hold: FORMERR from a server that got no further than the header. */
function bareRefusal(bytes: Uint8Array, id: number, flags: number): Message {
  const rcode = flags & Flag.RCODE;
  return {
    bytes,
    id,
    flags,
    rcode,
    question: undefined,
    records: [],
    edns: undefined,
    isContiguous: true,
    isCut: false,
  };
}
