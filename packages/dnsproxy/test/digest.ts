/** Everything this program does to bytes from outside, in one call, with what must hold whatever they are. */
import { packAnswer } from '../src/cache/packed-answer';
import { writeAnswer } from '../src/message/answer';
import { decodeMessage } from '../src/message/message';
import { formatRecord } from '../src/message/present';
import { Query, questionKey, readQuery, Verdict } from '../src/message/query';
import { writeEmptyReply } from '../src/message/reply';
import { RandomPool } from '../src/random';
import { composeOutgoing, matchAnswer } from '../src/upstream/outgoing';
import { nameBytes } from './build';

const lifetimes = { maxTtlSeconds: 86_400, maxNegativeTtlSeconds: 3600 };
const origin = { scope: 1, server: 1 };
const otherName = nameBytes('short');
const out = new Uint8Array(200_000);
const query = new Query();
const random = new RandomPool({ bytes: (count) => new Uint8Array(count).fill(0xa5), uint32: () => 1 });

/** Reading is lenient; what is sent on must be whole to the last octet, with the counts its header promises. */
function mustDecode(length: number, what: string): void {
  const bytes = out.slice(0, length);
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) throw new Error(`${what} is malformed: ${decoded.error.reason} at ${decoded.error.offset}`);
  const { records, edns, question, isContiguous, isCut } = decoded.value;
  const promised = [6, 8, 10].reduce((sum, at) => sum + (bytes[at] as number) * 256 + (bytes[at + 1] as number), 0);
  const held = records.length + (edns ? 1 : 0);
  if (promised !== held || !isContiguous || isCut) throw new Error(`${what} holds ${held} records, not ${promised}`);
  const last = records[records.length - 1];
  const end = (last ? last.dataAt + last.dataLength : (question?.end ?? 12)) + (edns ? optOctets(bytes) : 0);
  if (end !== length) throw new Error(`${what} ends at ${end}, not at ${length}`);
}

/** The OPT record stands last: its data length, and the 11 octets before the data. */
function optOctets(bytes: Uint8Array): number {
  for (const options of [0, 6]) {
    const at = bytes.length - 11 - options;
    if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 41 && bytes[at + 10] === options)
      return 11 + options;
  }
  return 0;
}

/** Returns how far it got: 0 refused, 1 read, 2 also used. Throws when what we would send on is not well-formed. */
export function digestAnswer(bytes: Uint8Array): number {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) return 0;
  const message = decoded.value;
  for (const record of message.records) formatRecord(message, record);
  const { question } = message;
  if (!question) return 1;
  const wire = bytes.slice(question.nameAt, question.end);
  const asked = new Uint8Array(12 + wire.length);
  asked.set([0, 7, 1, 0, 0, 1]);
  asked.set(wire, 12);
  matchAnswer(message, composeOutgoing({ wire, variant: 0 }, { edns: true, randomCase: true }, random, true));
  if (readQuery(asked, 0, asked.length, 1, query) !== Verdict.ANSWER) return 1;
  let reached = 1;
  for (const owner of [undefined, otherName]) {
    const packed = packAnswer(message, lifetimes, origin, owner);
    if (!packed) continue;
    reached = 2;
    if (owner) continue;
    mustDecode(writeAnswer(query, packed, 5, -1, 65_535, out, 0, -1), 'an answer passed on');
    mustDecode(writeAnswer(query, packed, 5, 30, 512, out, 0, 3), 'a cut answer');
  }
  return reached;
}

export function digestQuery(bytes: Uint8Array): number {
  const verdict = readQuery(bytes, 0, bytes.length, 1, query);
  if (verdict === Verdict.DROP) return 0;
  const rcode = verdict === Verdict.REJECT ? query.rcode : 2;
  mustDecode(writeEmptyReply(query, rcode, out, 0), 'a refusal');
  if (verdict === Verdict.ANSWER) questionKey(query.copy());
  return 1;
}
