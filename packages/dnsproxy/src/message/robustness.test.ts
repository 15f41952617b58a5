import { recordedMessages } from '../../test/corpus';
import { digestAnswer, digestQuery } from '../../test/digest';
import { decodeMessage, Section } from './message';

const messages = recordedMessages();
const answers = messages.filter(({ name }) => !name.startsWith('query-'));
const queries = messages.filter(({ name }) => name.startsWith('query-'));
/** A changed byte takes these values: the ends of its range, a pointer, its neighbours. */
const variants = (octet: number) => [0, 0xff, 0xc0, octet ^ 1, octet ^ 0x80, (octet + 1) & 255];
/** Messages this long are changed at their beginning, where the structure is, and at every 29th byte. */
const longMessage = 700;
const stepFor = (length: number, at: number) => (length > longMessage && at > 120 ? 29 : 1);

function questionEnd(bytes: Uint8Array): number {
  const decoded = decodeMessage(bytes);
  return (decoded.ok && decoded.value.question?.end) || 0;
}

/** Whether the message cut at `length` has every record but some of the additional section. */
function lacksAdditionalAlone(bytes: Uint8Array, length: number): boolean {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) return false;
  const { records, question } = decoded.value;
  const required = records.filter(({ section }) => section !== Section.ADDITIONAL).at(-1);
  const ends = [
    required ? required.dataAt + required.dataLength : question?.end,
    ...records
      .filter(({ section }) => section === Section.ADDITIONAL)
      .map((record) => record.dataAt + record.dataLength),
  ];
  return ends.includes(length);
}

test('every recorded answer is read, kept and passed on', () => {
  expect(answers.length).toBeGreaterThan(60);
  for (const { name, bytes } of answers) expect([name, digestAnswer(bytes)]).toEqual([name, 2]);
});

test('every recorded question is read', () => {
  for (const { name, bytes } of queries) expect([name, digestQuery(bytes)]).toEqual([name, 1]);
});

test('every recorded message cut at any length is refused or read, and never passed on malformed', () => {
  for (const { name, bytes } of answers) {
    for (let length = 0; length < bytes.length; length += stepFor(bytes.length, length)) {
      // The counts in the header promise more than is there. The additional section may be missing, and a refusal needs a header.
      const part = bytes.slice(0, length);
      const isBareRefusal = length >= 12 && ((part[3] as number) & 15) !== 0 && length < questionEnd(bytes);
      const isTruncated = ((part[2] as number) & 2) !== 0 && length >= questionEnd(bytes);
      const reached = isBareRefusal ? 1 : isTruncated || lacksAdditionalAlone(bytes, length) ? 2 : 0;
      expect([name, length, digestAnswer(part)]).toEqual([name, length, reached]);
    }
  }
  for (const { bytes } of queries)
    for (let length = 0; length < bytes.length; length++) digestQuery(bytes.slice(0, length));
});

test('every recorded message with any byte changed is refused or read, and never passed on malformed', () => {
  let used = 0;
  for (const { bytes } of messages) {
    for (let at = 0; at < bytes.length; at += stepFor(bytes.length, at)) {
      for (const value of variants(bytes[at] as number)) {
        const changed = bytes.slice();
        changed[at] = value;
        if (digestAnswer(changed) === 2) used++;
        digestQuery(changed);
      }
    }
  }
  expect(used).toBeGreaterThan(1000);
});

test(
  'random changes, splices and noise do no harm',
  () => {
    const seconds = Number(process.env.FUZZ_SECONDS ?? 2);
    let state = Number(process.env.FUZZ_SEED ?? Date.now() & 0x7fffffff) | 1;
    const seed = state;
    const random = (below: number) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    };
    const pick = () => (messages[random(messages.length)] as { bytes: Uint8Array }).bytes;
    const end = Date.now() + seconds * 1000;
    let runs = 0;
    // However busy the machine is.
    while (Date.now() < end || runs < 1000) {
      for (let i = 0; i < 200; i++, runs++) {
        let bytes = pick().slice();
        const changes = 1 + random(6);
        for (let c = 0; c < changes; c++) {
          const at = random(bytes.length || 1);
          const kind = random(4);
          if (kind === 0) bytes[at] = random(256);
          else if (kind === 1) bytes = bytes.slice(0, at);
          else if (kind === 2) bytes.set([0xc0 | random(64), random(256)].slice(0, bytes.length - at), at);
          else {
            const other = pick();
            const from = random(other.length);
            bytes = Uint8Array.from([...bytes.slice(0, at), ...other.slice(from, from + random(60))]);
          }
        }
        try {
          digestAnswer(bytes);
          digestQuery(bytes);
        } catch (error) {
          throw new Error(`seed ${seed}, run ${runs}: ${Buffer.from(bytes).toString('hex')}: ${error}`);
        }
      }
    }
  },
  (Number(process.env.FUZZ_SECONDS ?? 2) + 30) * 1000,
);

test('a message that is nothing but pointers is refused in no time', () => {
  // 64 KiB: a chain of pointers, then records whose names enter it at its end.
  const bytes = new Uint8Array(65_535);
  bytes.set([0, 7, 0x81, 0x80, 0, 1, 0x0f, 0xff, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
  let at = 17;
  for (let target = 12; at < 16_000; at += 2) {
    bytes[at] = 0xc0 | (target >> 8);
    bytes[at + 1] = target & 255;
    target = at;
  }
  const enter = at - 2;
  for (; at + 12 <= bytes.length; at += 12)
    bytes.set([0xc0 | (enter >> 8), enter & 255, 0, 1, 0, 1, 0, 0, 0, 9, 0, 0], at);
  const started = process.hrtime.bigint();
  digestAnswer(bytes);
  expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(200);
});
