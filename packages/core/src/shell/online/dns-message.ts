/**
 * The little of DNS a stub needs (RFC 1035 section 4): one question for a name's addresses, and a strict reading of what
 * comes back.
 */
import { ByteReader, ByteWriter, type DecodeError, err, ok, type Result } from '@connman/base';
import { type Family, type IpAddress, ipv4FromBytes, ipv6FromBytes } from '@connman/inet';

/** A question as it goes out. Names inside are in wire form: each label after its length, lower case, as Latin-1 text. */
export interface Question {
  readonly id: number;
  readonly wireName: string;
  readonly family: Family;
}

export interface DnsAnswer {
  /** RCODE (RFC 1035 section 4.1.1): 0 no error, 2 server failure, 3 no such name, 5 refused. */
  readonly rcode: number;
  /** TC: there was more than fits in the datagram. */
  readonly truncated: boolean;
  /** Of the name asked for, aliases followed. */
  readonly addresses: readonly IpAddress[];
}

const headerBytes = 12;
const classIn = 1;
const typeA = 1;
const typeCname = 5;
const typeAaaa = 28;
const maxNameBytes = 255;
const maxLabelBytes = 63;
const maxAliases = 16;
const flagResponse = 0x8000;
const flagTruncated = 0x0200;
const flagRecursionDesired = 0x0100;
const maskOpcode = 0x7800;
const maskRcode = 0x000f;

/** Undefined when the host name has a label, or is itself, too short or too long. */
export function questionOf(host: string, family: Family, id: number): Question | undefined {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  if (labels.some((label) => !/^[\x21-\x7e]{1,63}$/.test(label))) return undefined;
  const wireName = labels.map((label) => String.fromCharCode(label.length) + label).join('');
  return wireName.length + 1 > maxNameBytes ? undefined : { id, wireName, family };
}

export function encodeQuery({ id, wireName, family }: Question): Uint8Array {
  const writer = new ByteWriter(headerBytes + wireName.length + 5);
  writer.uint16(id).uint16(flagRecursionDesired).uint16(1).uint16(0).uint16(0).uint16(0);
  for (let i = 0; i < wireName.length; i++) writer.uint8(wireName.charCodeAt(i));
  return writer.uint8(0).uint16(recordType(family)).uint16(classIn).finish();
}

/** Refuses what is no answer to this very question: another id, name or type, a query, a message with wrong lengths. */
export function decodeAnswer(bytes: Uint8Array, question: Question): Result<DnsAnswer, DecodeError> {
  const reader = new ByteReader(bytes);
  const fail = (reason: string) => err({ layer: 'dns', offset: reader.offset, reason });
  const id = reader.uint16();
  const flags = reader.uint16();
  const questions = reader.uint16();
  const answers = reader.uint16();
  reader.skip(4);
  if (reader.failed) return err(reader.error('dns'));
  if (id !== question.id) return fail('another id');
  if (!(flags & flagResponse) || flags & maskOpcode) return fail('not a response to a query');
  const rcode = flags & maskRcode;
  const truncated = (flags & flagTruncated) !== 0;
  // A server that cannot read a question may answer with its header alone.
  if (questions === 0 && rcode !== 0) return ok({ rcode, truncated, addresses: [] });
  if (questions !== 1) return fail(`${questions} questions`);
  const type = recordType(question.family);
  if (readName(reader) !== question.wireName || reader.uint16() !== type || reader.uint16() !== classIn) {
    return reader.failed ? err(reader.error('dns')) : fail('another question');
  }
  const aliases = new Map<string, string>();
  const addresses: { readonly owner: string; readonly address: IpAddress }[] = [];
  for (let i = 0; i < answers; i++) {
    const owner = readName(reader);
    const recordTypeHere = reader.uint16();
    const recordClass = reader.uint16();
    reader.skip(4);
    const length = reader.uint16();
    const start = reader.offset;
    const data = reader.view(length);
    // A truncated message may end anywhere; what came before is whole.
    if (truncated && reader.failed) break;
    if (reader.failed) return err(reader.error('dns'));
    if (owner === undefined) return fail('a name that cannot be');
    if (recordClass !== classIn) continue;
    if (recordTypeHere === typeCname) {
      const inside = new ByteReader(bytes, start, start + length);
      const target = readName(inside);
      if (target === undefined || inside.remaining !== 0) return fail('an alias that cannot be');
      aliases.set(owner, target);
    } else if (recordTypeHere === type) {
      if (length !== (type === typeA ? 4 : 16)) return fail(`an address of ${length} bytes`);
      addresses.push({ owner, address: type === typeA ? ipv4FromBytes(data) : ipv6FromBytes(data) });
    }
  }
  const names = new Set([question.wireName]);
  for (
    let name = aliases.get(question.wireName);
    name !== undefined && names.size <= maxAliases;
    name = aliases.get(name)
  ) {
    if (names.has(name)) break;
    names.add(name);
  }
  return ok({
    rcode,
    truncated,
    addresses: addresses.filter(({ owner }) => names.has(owner)).map(({ address }) => address),
  });
}

function recordType(family: Family): number {
  return family === 4 ? typeA : typeAaaa;
}

/**
 * A name in wire form without its last, empty label; undefined if it cannot be one. Pointers (RFC 1035 section 4.1.4) must
 * lead backwards, each further than the one before, so that none can make a loop.
 */
function readName(reader: ByteReader): string | undefined {
  let name = '';
  let from = reader;
  let limit = reader.offset;
  for (;;) {
    const length = from.uint8();
    if (from.failed) return undefined;
    if (length === 0) return name;
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | from.uint8();
      if (from.failed || target >= limit || target < headerBytes) return undefined;
      limit = target;
      from = new ByteReader(reader.bytes, target);
      continue;
    }
    if (length > maxLabelBytes) return undefined;
    const label = from.view(length);
    if (from.failed || name.length + 1 + length + 1 > maxNameBytes) return undefined;
    name += String.fromCharCode(length) + lowerCase(label);
  }
}

function lowerCase(label: Uint8Array): string {
  let text = '';
  for (const byte of label) text += String.fromCharCode(byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte);
  return text;
}
