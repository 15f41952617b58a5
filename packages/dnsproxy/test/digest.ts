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

function mustDecode(length: number, what: string): void {
  const decoded = decodeMessage(out.slice(0, length));
  if (!decoded.ok) throw new Error(`${what} is malformed: ${decoded.error.reason} at ${decoded.error.offset}`);
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
