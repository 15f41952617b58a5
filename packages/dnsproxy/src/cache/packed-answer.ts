/**
 * From a server's message to an answer worth giving and keeping: what was not asked for is left out, our random letters are
 * taken back, TTLs are bounded, and its lifetime follows from its records (RFC 2181 section 5.2, RFC 2308 for "no such name"
 * and "no such data").
 */
import type { AnswerParts } from '../message/answer';
import { classicUdpSize, Flag, maxNameLength, Rcode, Type } from '../message/constants';
import { decodeMessage, type Message, type Question, type ResourceRecord, Section } from '../message/message';
import { equalNames, expandName } from '../message/name';
import { optLength } from '../message/reply';
import { MessageWriter } from '../message/writer';
import { lowerEchoedLetters } from './echoed-letters';
import { relevantRecords } from './relevance';

export interface PackedAnswer extends AnswerParts {
  /** Seconds it may be kept; 0 if it may not. */
  readonly lifetimeSeconds: number;
  /** The ifindex it was learned over; 0 for none. */
  readonly scope: number;
  /** The number of the server it came from; 0 for ourselves. */
  readonly server: number;
}

export interface Lifetimes {
  readonly maxTtlSeconds: number;
  /** For answers that say something does not exist (RFC 2308 section 5 recommends one to three hours at most). */
  readonly maxNegativeTtlSeconds: number;
}

export interface Origin {
  readonly scope: number;
  readonly server: number;
}

/** Answers that fit every client as they are need no compression of ours. */
const smallAnswer = classicUdpSize - optLength;

/**
 * `message` must carry the question that was asked. `owner`, when given, is the name the client asked for when the question
 * went out under another one (a search domain): records of the asked name are renamed to it, and what holds for the other name
 * alone is left out: signatures, the word that it is authentic (RFC 4035 section 3.2.3), and the SOA of a zone not above it.
 * Undefined when a name inside the records is malformed.
 */
export function packAnswer(
  message: Message,
  lifetimes: Lifetimes,
  origin: Origin,
  owner?: Uint8Array,
): PackedAnswer | undefined {
  if (!message.question) return undefined;
  const relevance = relevantRecords(message, message.question);
  if (!relevance) return undefined;
  const { isNegative } = relevance;
  const kept = owner ? relevance.kept.filter((record) => holdsRenamed(record, isNegative)) : relevance.kept;
  let source: Message | undefined = message;
  if (owner || !relevance.isWhole || !message.isContiguous) source = rebuild(message, kept, owner);
  else if (message.bytes.length > smallAnswer) source = shorterOf(message, rebuild(message, kept, undefined));
  if (!source) return undefined;
  const { records, bytes } = source;
  const start = (source.question as Question).end;
  const last = records[records.length - 1];
  const bodyLength = (last ? last.dataAt + last.dataLength : start) - start;
  const limit = isNegative ? lifetimes.maxNegativeTtlSeconds : lifetimes.maxTtlSeconds;
  const bodyAt = 2 * records.length;
  const octets = new Uint8Array(bodyAt + bodyLength);
  for (let from = start, to = bodyAt; to < octets.length; ) octets[to++] = bytes[from++] as number;
  lowerEchoedLetters(source, octets, bodyAt - start);
  const counts: [number, number, number] = [0, 0, 0];
  const ends: [number, number, number] = [0, 0, 0];
  let hasProof = false;
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as ResourceRecord;
    counts[record.section]++;
    ends[record.section] = record.dataAt + record.dataLength - start;
    if (record.section === Section.AUTHORITY && signatures.has(record.type) && record.type !== Type.RRSIG)
      hasProof = true;
    const offset = record.ttlAt - start;
    octets[2 * i] = offset;
    octets[2 * i + 1] = offset >>> 8;
    writeTtl(octets, bodyAt + offset, Math.min(record.ttl, limit));
  }
  return {
    flags: message.flags & (owner ? Flag.RCODE : Flag.AD | Flag.RCODE),
    answers: counts[Section.ANSWER],
    authorities: counts[Section.AUTHORITY],
    additional: counts[Section.ADDITIONAL],
    octets,
    at: 0,
    ttlCount: records.length,
    bodyLength,
    answersEnd: ends[Section.ANSWER],
    authoritiesEnd: Math.max(ends[Section.ANSWER], ends[Section.AUTHORITY]),
    needsAuthority: isNegative || hasProof,
    lifetimeSeconds: Math.min(lifetimeOf(message, relevance.kept, isNegative), limit),
    scope: origin.scope,
    server: origin.server,
  };
}

/** What holds for signed names alone, and is nothing without its signature. */
const signatures: ReadonlySet<number> = new Set([Type.RRSIG, Type.NSEC, Type.NSEC3]);

function holdsRenamed({ type, section }: ResourceRecord, isNegative: boolean): boolean {
  return !signatures.has(type) && (!isNegative || section === Section.ANSWER);
}

function writeTtl(octets: Uint8Array, at: number, ttl: number): void {
  octets[at] = ttl >>> 24;
  octets[at + 1] = ttl >>> 16;
  octets[at + 2] = ttl >>> 8;
  octets[at + 3] = ttl;
}

function shorterOf(message: Message, compressed: Message | undefined): Message {
  return compressed && compressed.bytes.length < message.bytes.length ? compressed : message;
}

/** The same with `kept` for its records, names compressed; undefined when one is malformed. */
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

const scratch = new Uint8Array(maxNameLength + 1);

/** Seconds until the first of the records would have to be asked for again; 0 when nothing says how long. */
function lifetimeOf(message: Message, records: readonly ResourceRecord[], isNegative: boolean): number {
  if (message.flags & Flag.TC) return 0;
  const rcode = message.rcode;
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) return 0;
  let lifetime = Number.POSITIVE_INFINITY;
  let hasSoa = false;
  for (const record of records) {
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
