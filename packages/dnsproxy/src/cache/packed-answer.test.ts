import { buildMessage, type MessageValue, nameBytes, soaData } from '../../test/build';
import { decodeMessage, Section } from '../message/message';
import { packAnswer } from './packed-answer';

const limits = { maxTtlSeconds: 1000, maxNegativeTtlSeconds: 100 };
const origin = { scope: 3, server: 4 };

function pack(value: MessageValue, owner?: Uint8Array) {
  const decoded = decodeMessage(buildMessage({ flags: 0x8180, ...value }));
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return packAnswer(decoded.value, limits, origin, owner);
}

const question = { name: 'www.example' };
const a = { name: 'www.example', type: 'A', ttl: 300, data: '192.0.2.1' };

describe('an answer is kept', () => {
  test.each<[string, MessageValue, number | undefined]>([
    ['as long as its shortest TTL', { question, records: [a, { ...a, ttl: 60 }] }, 60],
    ['no longer than allowed', { question, records: [{ ...a, ttl: 90_000 }] }, 1000],
    ['not at all with a TTL of 0', { question, records: [{ ...a, ttl: 0 }] }, 0],
    ['not at all with a TTL beyond 31 bits', { question, records: [{ ...a, ttl: 0x80000000 }] }, 0],
    ['not at all when it is truncated', { flags: 0x8380, question, records: [a] }, 0],
    ['not at all when it is SERVFAIL', { flags: 0x8182, question }, 0],
    ['not at all when nothing says how long there is nothing', { flags: 0x8183, question }, 0],
    [
      'by the SOA of a zone above it when there is nothing',
      {
        flags: 0x8183,
        question,
        records: [{ section: 'authority', name: 'example', type: 'SOA', ttl: 50, data: soaData(40) }],
      },
      40,
    ],
    [
      'not by the SOA of another zone',
      {
        flags: 0x8183,
        question,
        records: [{ section: 'authority', name: 'org', type: 'SOA', ttl: 50, data: soaData(40) }],
      },
      0,
    ],
    [
      'with the limit for "no" when it is an alias that leads to nothing',
      {
        question,
        records: [
          { name: 'www.example', type: 'CNAME', ttl: 900, data: 'no.example' },
          { section: 'authority', name: 'example', type: 'SOA', ttl: 900, data: soaData(900) },
        ],
      },
      100,
    ],
  ])('%s', (_title, value, seconds) => {
    expect(pack(value)?.lifetimeSeconds).toBe(seconds);
  });
});

test('a chain of aliases belongs to the answer, in whatever order; what no alias leads to does not', () => {
  const packed = pack({
    question,
    records: [
      { name: 'www.example', type: 'CNAME', data: 'b.example' },
      { name: 'b.example', type: 'CNAME', data: 'c.example' },
      { name: 'c.example', type: 'A', data: '192.0.2.3' },
      { name: 'd.example', type: 'A', data: '203.0.113.66' },
    ],
  });
  expect([packed?.answers, packed?.scope, packed?.server]).toEqual([3, 3, 4]);
});

test('explaining records stay when something mentions their name', () => {
  const packed = pack({
    question: { name: 'example', type: 'MX' },
    records: [
      { name: 'example', type: 'MX', data: Uint8Array.from([0, 10, ...nameBytes('mail.example')]) },
      { section: 'additional', name: 'mail.example', type: 'A', data: '192.0.2.25' },
      { section: 'additional', name: 'other.example', type: 'A', data: '203.0.113.66' },
    ],
  });
  expect([packed?.answers, packed?.additional]).toEqual([1, 1]);
});

test('an answer found in a search domain is renamed to what was asked for, names inside its data are not', () => {
  const packed = pack(
    {
      question: { name: 'printer.lan.example' },
      records: [
        { name: 'printer.lan.example', type: 'CNAME', data: 'p1.lan.example' },
        { name: 'p1.lan.example', type: 'A', data: '192.0.2.9' },
      ],
      edns: {},
    },
    nameBytes('printer'),
  );
  if (!packed) throw new Error('not packed');
  const asked = buildMessage({ flags: 0x8180, question: { name: 'printer' } });
  const whole = Uint8Array.from([...asked, ...packed.octets.subarray(2 * packed.ttlCount)]);
  whole[7] = packed.answers;
  const again = decodeMessage(whole);
  if (!again.ok) throw new Error(again.error.reason);
  expect(again.value.records.map(({ section, type }) => [section, type])).toEqual([
    [Section.ANSWER, 5],
    [Section.ANSWER, 1],
  ]);
  expect(again.value.edns).toBeUndefined();
});
