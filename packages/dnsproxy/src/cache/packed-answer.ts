/**
 * From a server's message to an answer worth giving and keeping: what was not asked for is left out (bailiwick), TTLs are
 * bounded, and its lifetime follows from its records (RFC 2181 section 5.2, RFC 2308 for "no such name" and "no such data").
 */
import type { AnswerParts } from '../message/answer';
import { Class, Flag, headerLength, maxNameLength, Rcode, Type } from '../message/constants';
import { decodeMessage, type Message, type Question, type ResourceRecord, Section } from '../message/message';
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
  const optIsLast = !message.edns || isOptLast(message);
  const isWhole = !owner && relevance.kept.length === message.records.length && optIsLast;
  const source = isWhole ? message : rebuild(message, relevance.kept, owner);
  if (!source) return undefined;
  const { records, bytes } = source;
  const start = (source.question as Question).end;
  const last = records[records.length - 1];
  const end = last ? last.dataAt + last.dataLength : start;
  const limit = relevance.isNegative ? lifetimes.maxNegativeTtlSeconds : lifetimes.maxTtlSeconds;
  const bodyAt = 2 * records.length;
  const octets = new Uint8Array(bodyAt + end - start);
  for (let from = start, to = bodyAt; from < end; ) octets[to++] = bytes[from++] as number;
  const counts: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as ResourceRecord;
    counts[record.section]++;
    const offset = record.ttlAt - start;
    octets[2 * i] = offset;
    octets[2 * i + 1] = offset >>> 8;
    writeTtl(octets, bodyAt + offset, Math.min(record.ttl, limit));
  }
  return {
    flags: message.flags & (Flag.AD | Flag.RCODE),
    answers: counts[Section.ANSWER],
    authorities: counts[Section.AUTHORITY],
    additional: counts[Section.ADDITIONAL],
    octets,
    at: 0,
    ttlCount: records.length,
    bodyLength: end - start,
    lifetimeSeconds: Math.min(lifetimeOf(source, relevance.isNegative), limit),
    scope: origin.scope,
    server: origin.server,
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
  const end = last ? last.dataAt + last.dataLength : (message.question as Question).end;
  return message.bytes[end] === 0 && message.bytes[end + 1] === 0 && message.bytes[end + 2] === Type.OPT;
}

function rebuild(
  message: Message,
  kept: readonly ResourceRecord[],
  owner: Uint8Array | undefined,
): Message | undefined {
  const question = message.question as Question;
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
  const question = message.question as Question;
  if (records.length > 0 && records.every((record) => isPlainAnswer(bytes, record, question))) {
    return { kept: records, isNegative: (message.rcode & Flag.RCODE) === Rcode.NXDOMAIN };
  }
  const end = bytes.length;
  const asked: WrittenName = { bytes, at: question.nameAt, length: question.end - 4 - question.nameAt };
  /** Names the one asked for is an alias of, in their order. */
  const aliases: WrittenName[] = [];
  const owner: WrittenName = { bytes: scratch, at: 0, length: 0 };
  const mentioned: Uint8Array[] = [];
  const kept: ResourceRecord[] = [];
  const hasAdditional = records[records.length - 1]?.section === Section.ADDITIONAL;
  let isPositive = false;
  for (const record of records) {
    if (record.class !== question.class && question.class !== Class.ANY) continue;
    owner.length = expandName(bytes, record.nameAt, end, scratch);
    if (owner.length < 0) return undefined;
    if (record.section === Section.ANSWER) {
      const onChain = sameName(asked, owner) || aliases.some((name) => sameName(name, owner));
      const last = aliases[aliases.length - 1] ?? asked;
      if (!onChain && !(canStandAbove.has(record.type) && isBelow(last, owner))) continue;
      if (onChain && record.type === Type.CNAME && question.type !== Type.CNAME) {
        const target = nameAt(bytes, record.dataAt, record.dataAt + record.dataLength);
        if (!target) return undefined;
        aliases.push({ bytes: target, at: 0, length: target.length });
      }
      if (record.type === question.type || question.type === Type.ANY) isPositive = true;
    } else if (record.section === Section.AUTHORITY) {
      const isAbove = isBelow(asked, owner) || aliases.some((name) => isBelow(name, owner));
      if (!isAbove && !proofs.has(record.type)) continue;
    } else if (record.type === Type.A || record.type === Type.AAAA) {
      if (!mentioned.some((name) => name.length === owner.length && equalNames(name, 0, scratch, 0, name.length)))
        continue;
    }
    kept.push(record);
    if (hasAdditional && record.section !== Section.ADDITIONAL && !mention(message, record, mentioned))
      return undefined;
  }
  return { kept, isNegative: (message.rcode & Flag.RCODE) === Rcode.NXDOMAIN || !isPositive };
}

/** An uncompressed name where it stands. */
interface WrittenName {
  readonly bytes: Uint8Array;
  readonly at: number;
  length: number;
}

/** Of these the owner may be a zone above the name: what aliases whole zones, and its signature. */
const canStandAbove: ReadonlySet<number> = new Set([Type.DNAME, Type.RRSIG]);
/** NSEC and its kin speak about names beside the one asked for. */
const proofs: ReadonlySet<number> = new Set([Type.NSEC, Type.NSEC3, Type.RRSIG]);

/** What nearly all answers are made of: a record of the type asked for, whose owner is a pointer to the question. */
function isPlainAnswer(bytes: Uint8Array, record: ResourceRecord, asked: { type: number; class: number }): boolean {
  return (
    record.section === Section.ANSWER &&
    record.type === asked.type &&
    record.class === asked.class &&
    bytes[record.nameAt] === 0xc0 &&
    bytes[record.nameAt + 1] === headerLength
  );
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

function sameName(a: WrittenName, b: WrittenName): boolean {
  return a.length === b.length && equalNames(a.bytes, a.at, b.bytes, b.at, a.length);
}

/** Whether `name` is the zone or lies below it. */
function isBelow(name: WrittenName, zone: WrittenName): boolean {
  for (let at = 0; at < name.length; ) {
    if (name.length - at === zone.length) return equalNames(name.bytes, name.at + at, zone.bytes, zone.at, zone.length);
    const label = name.bytes[name.at + at] as number;
    if (label === 0) return false;
    at += 1 + label;
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
