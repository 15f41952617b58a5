import { buildMessage, type MessageValue } from '../../test/build';
import { decodeMessage, type Message } from './message';

const question = { name: 'www.example' };
const a = { name: 'www.example', type: 'A', data: '192.0.2.1' };

function decode(bytes: Uint8Array): Message {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) throw new Error(`${decoded.error.reason} at ${decoded.error.offset}`);
  return decoded.value;
}

function answer(value: MessageValue, ...tail: number[]): Uint8Array {
  return Uint8Array.from([...buildMessage({ flags: 0x8180, question, ...value }), ...tail]);
}

/** The message with the count at this offset of the header changed. */
function counted(bytes: Uint8Array, at: number, by: number): Uint8Array {
  const changed = bytes.slice();
  changed[at + 1] = (changed[at + 1] as number) + by;
  return changed;
}

const opt = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0];

describe('a message is read', () => {
  test('with a byte behind its last record', () => {
    expect(decode(answer({ records: [a] }, 0)).records.length).toBe(1);
  });

  test('with an ARCOUNT that promises one record more than there is, or one less', () => {
    expect(decode(counted(answer({ records: [a] }), 10, 1))).toMatchObject({ records: [{}], isCut: false });
    expect(decode(counted(answer({ records: [a], edns: {} }), 10, -1))).toMatchObject({
      records: [{}],
      edns: undefined,
    });
  });

  test('with a second OPT record: the first one counts', () => {
    const twice = counted(answer({ records: [a], edns: { dnssecOk: true } }, ...opt), 10, 1);
    expect(decode(twice)).toMatchObject({ records: [{}], edns: { dnssecOk: true }, isContiguous: true });
  });

  test('with an OPT record in the answer section, which is passed over', () => {
    const built = answer({});
    const misplaced = Uint8Array.from([...built, ...opt, ...answer({ records: [a] }).subarray(built.length)]);
    misplaced[7] = 2;
    expect(decode(misplaced)).toMatchObject({ records: [{ type: 1 }], edns: undefined, isContiguous: false });
  });

  test('with TC and half a record: those before it stay', () => {
    const bytes = answer({ flags: 0x8380, records: [a, a] });
    expect(decode(bytes.slice(0, -3))).toMatchObject({ records: [{}], isCut: true });
  });

  test('when it is a FORMERR of 12 bytes that promises a question', () => {
    const bytes = answer({ flags: 0x8181 }).slice(0, 12);
    expect(decode(bytes)).toMatchObject({ rcode: 1, question: undefined, records: [] });
  });
});

describe('a message is refused', () => {
  test.each<[string, Uint8Array]>([
    ['when an answer is cut short without TC', answer({ records: [a] }).slice(0, -1)],
    ['when an answer is missing without TC', counted(answer({ records: [a] }), 6, 1)],
    ['when an additional record is cut in its middle', answer({ records: [a], edns: {} }).slice(0, -1)],
    ['when it has two questions', counted(answer({}), 4, 1)],
    ['when its question is cut and it is no refusal', answer({}).slice(0, 15)],
  ])('%s', (_title, bytes) => {
    expect(decodeMessage(bytes).ok).toBe(false);
  });
});
