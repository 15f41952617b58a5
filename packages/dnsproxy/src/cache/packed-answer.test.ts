import { decode } from 'dns-packet';
import { buildMessage, type MessageValue, nameBytes, soaData } from '../../test/build';
import { writeAnswer } from '../message/answer';
import { decodeMessage, Section } from '../message/message';
import { Query, readQuery } from '../message/query';
import { type PackedAnswer, packAnswer } from './packed-answer';

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

/** The packed answer as a client would get it that asked for `name`, with these octets of room. */
function told(
  packed: PackedAnswer | undefined,
  name: string,
  options: { limit?: number; type?: string; edns?: boolean } = {},
) {
  if (!packed) throw new Error('not packed');
  const { limit = 65_535, type = 'A', edns = false } = options;
  const asked = buildMessage({ question: { name, type }, ...(edns ? { edns: { dnssecOk: true } } : {}) });
  const query = new Query();
  readQuery(asked, 0, asked.length, 1, query);
  const out = new Uint8Array(70_000);
  const length = writeAnswer(query, packed, 0, -1, limit, out, 0, -1);
  expect(length).toBeLessThanOrEqual(limit);
  return decode(Buffer.from(out.subarray(0, length)));
}

describe('records belong to an answer in whatever order they come', () => {
  const cname = { name: 'www.example', type: 'CNAME', data: 'b.example' };
  const target = { name: 'b.example', type: 'A', data: '192.0.2.3' };

  test('an address that stands before its alias', () => {
    const answer = told(pack({ question, records: [target, cname] }), 'www.example');
    expect(answer.answers.map(({ type, name }) => `${type} ${name}`)).toEqual(['CNAME www.example', 'A b.example']);
  });

  test('a shuffled chain, told in the order of its links', () => {
    const chain = [
      { name: 'c.example', type: 'CNAME', data: 'd.example' },
      { name: 'd.example', type: 'A', data: '192.0.2.4' },
      { name: 'b.example', type: 'CNAME', data: 'c.example' },
      { name: 'd.example', type: 'A', data: '192.0.2.5' },
      cname,
    ];
    const answer = told(pack({ question, records: chain }), 'www.example');
    expect(answer.answers.map(({ name }) => name)).toEqual([
      'www.example',
      'b.example',
      'c.example',
      'd.example',
      'd.example',
    ]);
  });

  test('a DNAME behind the alias that follows from it, and without one', () => {
    const dname = { name: 'example', type: 'DNAME', data: 'other.test' };
    const address = { name: 'www.other.test', type: 'A', data: '192.0.2.3' };
    const alias = { name: 'www.example', type: 'CNAME', data: 'www.other.test' };
    const types = (records: (typeof dname)[]) =>
      told(pack({ question, records }), 'www.example').answers.map(({ type }) => type);
    expect(types([alias, dname, address])).toEqual(['DNAME', 'CNAME', 'A']);
    expect(types([address, dname])).toEqual(['DNAME', 'A']);
  });

  test('a loop of aliases ends', () => {
    const back = { name: 'b.example', type: 'CNAME', data: 'www.example' };
    expect(told(pack({ question, records: [back, cname] }), 'www.example').answers.length).toBe(2);
  });

  test('a thousand aliases are followed no farther than any resolver does, and in no time', () => {
    const records = Array.from({ length: 1000 }, (_, i) => ({ name: `${i}.e`, type: 'CNAME', data: `${i + 1}.e` }));
    const started = process.hrtime.bigint();
    expect(pack({ question: { name: '0.e' }, records: records.reverse() })?.answers).toBe(32);
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(5000);
  });
});

describe('letters that we chose at random are not shown to clients', () => {
  const random = { name: 'wWw.ExAmple' };

  test('in owners that are written out, in targets, and in zones', () => {
    const answer = told(
      pack({
        question: random,
        records: [
          { name: 'wWw.ExAmple', type: 'CNAME', data: 'cdn.wWw.ExAmple' },
          { name: 'cdn.wWw.ExAmple', type: 'A', data: '192.0.2.1' },
          { section: 'authority', name: 'ExAmple', type: 'NS', data: 'ns.ExAmple' },
        ],
      }),
      'www.example',
    );
    expect(JSON.stringify(answer)).not.toMatch(/wWw|ExAmple/);
    expect(answer.answers.map(({ name }) => name)).toEqual(['www.example', 'cdn.www.example']);
  });

  test('while letters of the zone itself stay as they are', () => {
    const answer = told(
      pack({ question: random, records: [{ name: 'wWw.ExAmple', type: 'CNAME', data: 'CDN.Example.ORG' }] }),
      'www.example',
    );
    expect(answer.answers[0]?.data).toBe('CDN.Example.ORG');
  });

  test('nor in the target of a service', () => {
    const data = Uint8Array.from([0, 1, 0, 2, 0, 80, ...nameBytes('host.ExAmple')]);
    const answer = told(
      pack({
        question: { name: '_h._tcp.ExAmple', type: 'SRV' },
        records: [{ name: '_h._tcp.ExAmple', type: 'SRV', data }],
      }),
      '_h._tcp.example',
      { type: 'SRV' },
    );
    expect(answer.answers[0]?.data).toMatchObject({ target: 'host.example' });
  });
});

test('a renamed answer carries neither AD nor signatures: they hold for the other name', () => {
  const rrsig = new Uint8Array([0, 1, 13, 2, ...new Array(14).fill(0), ...nameBytes('lan.example'), 1, 2, 3]);
  const value: MessageValue = {
    flags: 0x81a0,
    question: { name: 'printer.lan.example' },
    records: [
      { name: 'printer.lan.example', type: 'A', data: '192.0.2.9' },
      { name: 'printer.lan.example', type: 'RRSIG', data: rrsig },
    ],
  };
  const asItIs = pack(value);
  const renamed = pack(value, nameBytes('printer'));
  expect([asItIs?.answers, (asItIs?.flags ?? 0) & 0x20]).toEqual([2, 0x20]);
  expect([renamed?.answers, (renamed?.flags ?? 0) & 0x20]).toEqual([1, 0]);
});

describe('an answer that is too large', () => {
  const extras = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      section: 'additional' as const,
      name: `ns${i}.example`,
      type: 'AAAA',
      data: new Uint8Array(16),
    }));
  const servers = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      section: 'authority' as const,
      name: 'example',
      type: 'NS',
      data: `ns${i}.example`,
    }));

  test('loses its additional section first, then its authority section, and is not truncated for them', () => {
    const some = told(pack({ question, records: [a, ...servers(6), ...extras(6)] }), 'www.example', { limit: 280 });
    expect([some.answers.length, some.authorities.length, some.additionals.length]).toEqual([1, 6, 0]);
    expect(some.flag_tc).toBe(false);
    const few = told(pack({ question, records: [a, ...servers(6), ...extras(6)] }), 'www.example', { limit: 80 });
    expect([few.answers.length, few.authorities.length, few.flag_tc]).toEqual([1, 0, false]);
  });

  test('is truncated when the answer itself does not fit, or the SOA that says "no"', () => {
    const many = Array.from({ length: 40 }, (_, i) => ({ ...a, data: `192.0.2.${i}` }));
    expect(told(pack({ question, records: many }), 'www.example', { limit: 512 })).toMatchObject({
      flag_tc: true,
      answers: [],
    });
    const soa = { section: 'authority' as const, name: 'example', type: 'SOA', data: soaData(60) };
    expect(told(pack({ flags: 0x8183, question, records: [soa] }), 'www.example', { limit: 60 }).flag_tc).toBe(true);
  });

  test('is truncated rather than robbed of the proof that a wildcard may be used', () => {
    const proof = { section: 'authority' as const, name: 'z.example', type: 'NSEC', data: new Uint8Array(200) };
    const answer = told(pack({ question, records: [a, proof] }), 'www.example', { limit: 150, edns: true });
    expect(answer.flag_tc).toBe(true);
  });

  test('is compressed before anything is left out', () => {
    const long = 'a-name-that-takes-some-room.of-a-domain.example';
    const many = Array.from({ length: 12 }, (_, i) => ({ name: long, type: 'A', data: `192.0.2.${i}` }));
    const answer = told(pack({ question: { name: long }, records: many }), long, { limit: 512 });
    expect([answer.answers.length, answer.flag_tc]).toEqual([12, false]);
  });
});
