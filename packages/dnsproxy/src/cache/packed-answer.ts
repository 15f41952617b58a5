/**
 * From a server's message to an answer worth giving and keeping: what was not asked for is left out (bailiwick), TTLs are
 * bounded, and its lifetime follows from its records (RFC 2181 section 5.2, RFC 2308 for "no such name" and "no such data").
 */
import type { AnswerParts } from '../message/answer';
import { Class, Flag, headerLength, maxNameLength, Rcode, Type } from '../message/constants';
import { decodeMessage, type Message, type ResourceRecord, Section } from '../message/message';
import { equalNames, expandName } from '../message/name';
import { nameLayoutOf } from '../message/rdata';
import { MessageWriter } from '../message/writer';

export interface PackedAnswer extends AnswerParts {
  /** Seconds it may be kept; 0 if it may not. */
  readonly lifetimeSeconds: number;
  /** The ifindex it was learned over; 0 for none. */
  readonly scope: number;
  /** The number of the server it came from; 0 for ourselves. */
  readonly server: number;
}

/** Where names are written out: one for owners, one for names in data. */
const scratch = new Uint8Array(maxNameLength + 1);
const targetScratch = new Uint8Array(maxNameLength + 1);

export interface Lifetimes {
  readonly maxTtlSeconds: number;
  /** For answers that say something does not exist (RFC 2308 section 5 recommends one to three hours at most). */
  readonly maxNegativeTtlSeconds: number;
}

export interface Origin {
  readonly scope: number;
  readonly server: number;
}

/**
 * `message` must carry the question that was asked. `owner`, when given, is the name the client asked for when the question
 * went out under another one (a search domain): records of the asked name are renamed to it.
 * Undefined when a name inside the records is malformed.
 */
export function packAnswer(
  message: Message,
  lifetimes: Lifetimes,
  origin: Origin,
  owner?: Uint8Array,
): PackedAnswer | undefined {
  const question = message.question;
  if (!question) return undefined;
  const relevance = relevantRecords(message);
  if (!relevance) return undefined;
  let source = message;
  let body: Uint8Array;
  const optIsLast = !message.edns || isOptLast(message);
  if (owner || relevance.kept.length !== message.records.length || !optIsLast) {
    const rebuilt = rebuild(message, relevance.kept, owner);
    if (!rebuilt) return undefined;
    source = rebuilt;
    body = rebuilt.bytes.subarray((rebuilt.question as { end: number }).end);
  } else {
    const last = message.records[message.records.length - 1];
    body = message.bytes.subarray(question.end, last ? last.dataAt + last.dataLength : question.end);
  }
  const start = (source.question as { end: number }).end;
  const { records } = source;
  const lifetime = Math.min(
    lifetimeOf(source, relevance.isNegative),
    relevance.isNegative ? lifetimes.maxNegativeTtlSeconds : lifetimes.maxTtlSeconds,
  );
  const octets = new Uint8Array(2 * records.length + body.length);
  octets.set(body, 2 * records.length);
  const counts: [number, number, number] = [0, 0, 0];
  records.forEach((record, i) => {
    counts[record.section]++;
    const offset = record.ttlAt - start;
    octets[2 * i] = offset;
    octets[2 * i + 1] = offset >>> 8;
    const limit = relevance.isNegative ? lifetimes.maxNegativeTtlSeconds : lifetimes.maxTtlSeconds;
    writeTtl(octets, 2 * records.length + offset, Math.min(record.ttl, limit));
  });
  return {
    flags: message.flags & (Flag.AD | Flag.RCODE),
    answers: counts[Section.ANSWER],
    authorities: counts[Section.AUTHORITY],
    additional: counts[Section.ADDITIONAL],
    octets,
    at: 0,
    ttlCount: records.length,
    bodyLength: body.length,
    lifetimeSeconds: lifetime,
    ...origin,
  };
}

function writeTtl(octets: Uint8Array, at: number, ttl: number): void {
  octets[at] = ttl >>> 24;
  octets[at + 1] = ttl >>> 16;
  octets[at + 2] = ttl >>> 8;
  octets[at + 3] = ttl;
}

/** True when nothing but an OPT record stands behind the last other record. */
function isOptLast(message: Message): boolean {
  const last = message.records[message.records.length - 1];
  const end = last ? last.dataAt + last.dataLength : (message.question as { end: number }).end;
  return message.bytes[end] === 0 && message.bytes[end + 1] === 0 && message.bytes[end + 2] === Type.OPT;
}

function rebuild(
  message: Message,
  kept: readonly ResourceRecord[],
  owner: Uint8Array | undefined,
): Message | undefined {
  const question = message.question as { nameAt: number; end: number };
  const writer = new MessageWriter(message.bytes.length + 64);
  const asked = message.bytes.slice(question.nameAt, question.end - 4);
  let wire = message.bytes.slice(question.nameAt, question.end);
  if (owner) {
    wire = new Uint8Array(owner.length + 4);
    wire.set(owner);
    wire.set(message.bytes.subarray(question.end - 4, question.end), owner.length);
  }
  writer.start(0, message.flags, wire);
  for (const record of kept) {
    const length = expandName(message.bytes, record.nameAt, message.bytes.length, scratch);
    if (length < 0) return undefined;
    const isAsked = length === asked.length && equalNames(scratch, 0, asked, 0, length);
    if (!writer.transfer(message, record, owner && isAsked ? owner : scratch.slice(0, length))) return undefined;
  }
  const bytes = writer.finish();
  const decoded = bytes && decodeMessage(bytes);
  return decoded?.ok ? decoded.value : undefined;
}

interface Relevance {
  readonly kept: readonly ResourceRecord[];
  /** NXDOMAIN, or no record of the type asked for. */
  readonly isNegative: boolean;
}

/**
 * The records that belong to the question: in the answer section those whose owner is the name asked for or follows from it by
 * CNAME and DNAME; in the authority section those of zones above the last such name; address records in the additional
 * section only for names mentioned by the others. Whatever else a server adds could only be there to poison.
 */
function relevantRecords(message: Message): Relevance | undefined {
  const { bytes, records } = message;
  const question = message.question as { nameAt: number; type: number; class: number; end: number };
  const end = bytes.length;
  const chain: Uint8Array[] = [bytes.slice(question.nameAt, question.end - 4)];
  const kept: ResourceRecord[] = [];
  const mentioned: Uint8Array[] = [];
  const owner = scratch;
  let isPositive = false;
  for (const record of records) {
    if (record.class !== question.class && question.class !== Class.ANY) continue;
    const isAskedName = bytes[record.nameAt] === 0xc0 && bytes[record.nameAt + 1] === headerLength;
    let length = 0;
    if (!isAskedName || record.section !== Section.ANSWER) {
      length = expandName(bytes, record.nameAt, end, owner);
      if (length < 0) return undefined;
    }
    if (record.section === Section.ANSWER) {
      const onChain = isAskedName || chain.some((name) => sameName(name, owner, length));
      if (record.type === Type.DNAME && !onChain) {
        if (!isBelow(chain[chain.length - 1] as Uint8Array, owner, length)) continue;
      } else if (!onChain) {
        if (!(record.type === Type.RRSIG && isBelow(chain[chain.length - 1] as Uint8Array, owner, length))) continue;
      } else if (record.type === Type.CNAME && question.type !== Type.CNAME) {
        const target = nameAt(bytes, record.dataAt, record.dataAt + record.dataLength);
        if (!target) return undefined;
        chain.push(target);
      }
      if (record.type === question.type || question.type === Type.ANY) isPositive = true;
    } else if (record.section === Section.AUTHORITY) {
      // NSEC and its kin speak about names beside the one asked for.
      const isProof = record.type === Type.NSEC || record.type === Type.NSEC3 || record.type === Type.RRSIG;
      if (!isProof && !chain.some((name) => isBelow(name, owner, length))) continue;
    } else if (record.type === Type.A || record.type === Type.AAAA) {
      if (!mentioned.some((name) => sameName(name, owner, length))) continue;
    }
    kept.push(record);
    if (record.section !== Section.ADDITIONAL && !mention(message, record, mentioned)) return undefined;
  }
  return { kept, isNegative: (message.rcode & Flag.RCODE) === Rcode.NXDOMAIN || !isPositive };
}

/** Collects the names in a record's data that additional records may explain. */
function mention(message: Message, record: ResourceRecord, names: Uint8Array[]): boolean {
  let at = record.dataAt;
  const dataEnd = record.dataAt + record.dataLength;
  if (record.type === Type.NS || record.type === Type.MX || record.type === Type.SRV) {
    at += nameLayoutOf(record.type)?.before ?? 0;
  } else if (record.type === Type.SVCB || record.type === Type.HTTPS) {
    at += 2;
    // A target of '.' stands for the owner itself (RFC 9460 section 2.5).
    if (message.bytes[at] === 0) at = record.nameAt;
  } else if (record.type === Type.NAPTR) {
    at += 4;
    for (let i = 0; i < 3 && at < dataEnd; i++) at += 1 + (message.bytes[at] as number);
  } else {
    return true;
  }
  const name = nameAt(message.bytes, at, at === record.nameAt ? message.bytes.length : dataEnd);
  if (!name) return false;
  names.push(name);
  return true;
}

function nameAt(bytes: Uint8Array, at: number, end: number): Uint8Array | undefined {
  const length = expandName(bytes, at, end, targetScratch);
  return length < 0 ? undefined : targetScratch.slice(0, length);
}

function sameName(name: Uint8Array, other: Uint8Array, length: number): boolean {
  return name.length === length && equalNames(name, 0, other, 0, length);
}

/** Whether `name` lies below the zone in `zone[0..length)`. */
function isBelow(name: Uint8Array, zone: Uint8Array, length: number): boolean {
  for (let at = 0; at < name.length; at += 1 + (name[at] as number)) {
    if (name.length - at === length) return equalNames(name, at, zone, 0, length);
    if (name[at] === 0) return false;
  }
  return false;
}

/** Seconds until the first of the records would have to be asked for again; 0 when nothing says how long. */
function lifetimeOf(message: Message, isNegative: boolean): number {
  if (message.flags & Flag.TC) return 0;
  const rcode = message.rcode;
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) return 0;
  let lifetime = Number.POSITIVE_INFINITY;
  let hasSoa = false;
  for (const record of message.records) {
    lifetime = Math.min(lifetime, record.ttl);
    if (record.type === Type.SOA && record.section === Section.AUTHORITY && record.dataLength >= 20) {
      hasSoa = true;
      const at = record.dataAt + record.dataLength - 4;
      const b = message.bytes;
      const minimum =
        (((b[at] as number) << 24) |
          ((b[at + 1] as number) << 16) |
          ((b[at + 2] as number) << 8) |
          (b[at + 3] as number)) >>>
        0;
      lifetime = Math.min(lifetime, minimum);
    }
  }
  if (isNegative && !hasSoa) return 0;
  return Number.isFinite(lifetime) ? lifetime : 0;
}
