/**
 * Which records of a message belong to its question (bailiwick), whatever order they came in (RFC 2181 section 5): in the
 * answer section those whose owner is the name asked for or follows from it by CNAME and DNAME; in the authority section those
 * of zones above such a name; address records in the additional section only for names mentioned by the others. Whatever else
 * a server adds could only be there to poison.
 */
import { Class, Flag, maxNameLength, Rcode, Type } from '../message/constants';
import { type Message, type Question, type ResourceRecord, Section } from '../message/message';
import { expandName, formatName, parentOf } from '../message/name';
import { nameLayoutOf } from '../message/rdata';

export interface Relevance {
  /** Aliases stand before what they lead to, as clients expect it (RFC 1034 section 3.6.2). */
  readonly kept: readonly ResourceRecord[];
  /** NXDOMAIN, or no record of the type asked for. */
  readonly isNegative: boolean;
  /** All records belong, and they came in the order of `kept`. */
  readonly isWhole: boolean;
}

/** Undefined when a name in the records is malformed. */
export function relevantRecords(message: Message, question: Question): Relevance | undefined {
  return ofPlainMessage(message, question) ?? ofAnyMessage(message, question);
}

/** Undefined where more has to be looked at. */
export function ofPlainMessage(message: Message, question: Question): Relevance | undefined {
  const { records } = message;
  if (records.length > maxPlain) return undefined;
  let isPositive = false;
  for (const record of records) {
    if (!isPlain(message, record, question)) return undefined;
    isPositive ||= record.section === Section.ANSWER && isOfType(record, question);
  }
  return { kept: records, isNegative: isNoSuchName(message) || !isPositive, isWhole: true };
}

function isNoSuchName({ rcode }: Message): boolean {
  return (rcode & Flag.RCODE) === Rcode.NXDOMAIN;
}

function isOfType({ type }: ResourceRecord, asked: Question): boolean {
  return type === asked.type || asked.type === Type.ANY;
}

export function ofAnyMessage(message: Message, question: Question): Relevance | undefined {
  const { bytes, records } = message;
  const placed: PlacedRecord[] = [];
  for (const record of records) {
    const owner = nameAt(bytes, record.nameAt, bytes.length);
    if (owner === undefined) return undefined;
    if (record.class === question.class || question.class === Class.ANY) placed.push({ record, owner });
  }
  const chain = chainOf(bytes, question, placed);
  if (!chain) return undefined;
  const zones = zonesAbove(chain);

  const answers: { readonly record: ResourceRecord; readonly rank: number }[] = [];
  const authorities: ResourceRecord[] = [];
  let isPositive = false;
  for (const { record, owner } of placed) {
    const { type, section } = record;
    if (section === Section.ANSWER) {
      const place = chain.get(owner);
      const above = canStandAbove.has(type) ? zones.get(owner) : undefined;
      if (place === undefined && above === undefined) continue;
      if (isOfType(record, question)) isPositive = true;
      // What aliases a zone stands before the alias that follows from it.
      answers.push({ record, rank: place !== undefined ? 2 * place + 1 : 2 * (above as number) });
    } else if (section === Section.AUTHORITY && (chain.has(owner) || zones.has(owner) || proofs.has(type))) {
      authorities.push(record);
    }
  }
  const isInOrder = answers.every(({ rank }, i) => i === 0 || rank >= (answers[i - 1] as { rank: number }).rank);
  if (!isInOrder) answers.sort((a, b) => a.rank - b.rank);
  const kept = [...answers.map(({ record }) => record), ...authorities];

  const explanations = placed.filter(({ record }) => record.section === Section.ADDITIONAL);
  if (explanations.length > 0) {
    const mentioned = mentionedNames(bytes, kept);
    if (!mentioned) return undefined;
    for (const { record, owner } of explanations) {
      const isAddress = record.type === Type.A || record.type === Type.AAAA;
      if (!isAddress || mentioned.has(owner)) kept.push(record);
    }
  }
  return {
    kept,
    isNegative: isNoSuchName(message) || !isPositive,
    isWhole: isInOrder && kept.length === records.length,
  };
}

interface PlacedRecord {
  readonly record: ResourceRecord;
  /** Lower case. */
  readonly owner: string;
}

/** No resolver follows more aliases for one name: BIND stops at 11, unbound at 12, systemd-resolved at 16. */
const maxChain = 32;

/** The name asked for and those it is an alias of, with their places. Undefined when a target is malformed. */
function chainOf(
  bytes: Uint8Array,
  question: Question,
  placed: readonly PlacedRecord[],
): ReadonlyMap<string, number> | undefined {
  const asked = nameAt(bytes, question.nameAt, question.end);
  if (asked === undefined) return undefined;
  const chain = new Map([[asked, 0]]);
  if (question.type === Type.CNAME) return chain;
  const aliases = new Map<string, string[]>();
  const zoneAliases = new Map<string, string>();
  for (const { record, owner } of placed) {
    const { section, type, dataAt, dataLength } = record;
    if (section !== Section.ANSWER || (type !== Type.CNAME && type !== Type.DNAME)) continue;
    const target = nameAt(bytes, dataAt, dataAt + dataLength);
    if (target === undefined) return undefined;
    if (type === Type.DNAME) zoneAliases.set(owner, target);
    else aliases.set(owner, [...(aliases.get(owner) ?? []), target]);
  }
  // A Map is walked in the order of insertion, what is added on the way included.
  for (const name of chain.keys()) {
    for (const target of aliases.get(name) ?? renamed(name, zoneAliases)) {
      if (chain.size >= maxChain) return chain;
      if (!chain.has(target)) chain.set(target, chain.size);
    }
  }
  return chain;
}

/** What a DNAME above `name` makes of it (RFC 6672 section 2.2): for a server that does not say so by a CNAME. */
function renamed(name: string, zoneAliases: ReadonlyMap<string, string>): readonly string[] {
  if (zoneAliases.size === 0) return [];
  for (let zone = parentOf(name); zone !== undefined; zone = parentOf(zone)) {
    const target = zoneAliases.get(zone);
    if (target === undefined) continue;
    const labels = zone === '' ? name : name.slice(0, -zone.length - 1);
    return [target === '' ? labels : `${labels}.${target}`];
  }
  return [];
}

/** The zones above the names of a chain, each with the place of the first name below it. */
function zonesAbove(chain: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const zones = new Map<string, number>();
  for (const [name, place] of chain) {
    for (let zone = parentOf(name); zone !== undefined; zone = parentOf(zone)) {
      if (!zones.has(zone)) zones.set(zone, place);
    }
  }
  return zones;
}

/** Of these the owner may be a zone above the name: what aliases whole zones, and its signature. */
const canStandAbove: ReadonlySet<number> = new Set([Type.DNAME, Type.RRSIG]);
/** NSEC and its kin speak about names beside the one asked for. */
const proofs: ReadonlySet<number> = new Set([Type.NSEC, Type.NSEC3, Type.RRSIG]);

/** Each record is compared with all others. */
const maxPlain = 16;

/** Records whose data has names that others may belong to; those of NS are looked at. */
const leadsOn: ReadonlySet<number> = new Set([
  Type.CNAME,
  Type.DNAME,
  Type.MX,
  Type.SRV,
  Type.SVCB,
  Type.HTTPS,
  Type.NAPTR,
]);

/**
 * What nearly all answers are made of, and is seen without a name being written out: records of the name asked for, of zones above
 * it, and addresses of their servers, whose owners are pointers to where the name stands first.
 */
function isPlain({ bytes, records }: Message, record: ResourceRecord, asked: Question): boolean {
  const { section, type, nameAt: ownerAt, dataAt, dataLength } = record;
  const first = bytes[ownerAt] as number;
  if (record.class !== asked.class || first < 0xc0) return false;
  const at = ((first & 0x3f) << 8) | (bytes[ownerAt + 1] as number);
  if (type === Type.NS && expandName(bytes, dataAt, dataAt + dataLength, scratch) < 0) return false;
  switch (section) {
    case Section.ANSWER:
      return at === asked.nameAt && !leadsOn.has(type);
    case Section.AUTHORITY:
      return !leadsOn.has(type) && isLabelOf(bytes, asked, at);
    default:
      return records.some((one) => one.type === Type.NS && one.dataAt === at && one.section !== Section.ADDITIONAL);
  }
}

/** Whether the name or a zone above it begins there. */
function isLabelOf(bytes: Uint8Array, { nameAt: start, end }: Question, at: number): boolean {
  const last = end - 5;
  let label = start;
  while (label < at && label < last) label += 1 + (bytes[label] as number);
  return label === at && at < last;
}

/** The names in the records' data that additional records may explain. Undefined when one is malformed. */
function mentionedNames(bytes: Uint8Array, records: readonly ResourceRecord[]): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const { type, nameAt: ownerAt, dataAt, dataLength } of records) {
    const dataEnd = dataAt + dataLength;
    let at = dataAt;
    if (type === Type.NS || type === Type.MX || type === Type.SRV) {
      at += nameLayoutOf(type)?.before ?? 0;
    } else if (type === Type.SVCB || type === Type.HTTPS) {
      at += 2;
      // A target of '.' stands for the owner itself (RFC 9460 section 2.5).
      if (bytes[at] === 0) at = ownerAt;
    } else if (type === Type.NAPTR) {
      at += 4;
      for (let i = 0; i < 3 && at < dataEnd; i++) at += 1 + (bytes[at] as number);
    } else {
      continue;
    }
    const name = nameAt(bytes, at, at === ownerAt ? bytes.length : dataEnd);
    if (name === undefined) return undefined;
    names.add(name);
  }
  return names;
}

const scratch = new Uint8Array(maxNameLength + 1);

function nameAt(bytes: Uint8Array, at: number, end: number): string | undefined {
  return expandName(bytes, at, end, scratch) < 0 ? undefined : formatName(scratch);
}
