import { decode } from 'dns-packet';
import { buildMessage, type MessageValue, soaData } from '../../test/build';
import { decodeMessage } from '../message/message';
import { Query, questionKey, readQuery, Verdict } from '../message/query';
import { AnswerCache } from './answer-cache';
import { packAnswer } from './packed-answer';

const lifetimes = { maxTtlSeconds: 86_400, maxNegativeTtlSeconds: 3600 };
const options = { capacity: 1 << 20, maxStaleSeconds: 100, staleTtlSeconds: 30, refreshShare: 0.1 };

function read(bytes: Uint8Array): Query {
  const query = new Query();
  expect(readQuery(bytes, 0, bytes.length, 7, query)).toBe(Verdict.ANSWER);
  return query;
}

function ask(name: string, more: Partial<MessageValue> = {}): Query {
  return read(buildMessage({ question: { name }, ...more }));
}

function keep(cache: AnswerCache, value: MessageValue, now: number, scope = 1): boolean {
  const decoded = decodeMessage(buildMessage({ flags: 0x8180, ...value }));
  if (!decoded.ok) throw new Error(decoded.error.reason);
  const packed = packAnswer(decoded.value, lifetimes, { scope, server: 9 });
  if (!packed || !value.question) throw new Error('not packed');
  const query = read(buildMessage({ question: value.question }));
  return cache.store(questionKey(query), query.hash, query.variant, packed, now);
}

function answer(cache: AnswerCache, query: Query, now: number, limit = 1232) {
  const entry = cache.find(query);
  if (entry < 0) return undefined;
  const out = new Uint8Array(4096);
  const length = cache.answer(entry, query, now, limit, out, 100);
  return decode(Buffer.from(out.slice(100, 100 + length)));
}

const positive: MessageValue = {
  question: { name: 'www.example.org' },
  records: [{ name: 'www.example.org', type: 'A', ttl: 300, data: '192.0.2.1' }],
};

test('an answer comes back with the id and the letters of the question, its TTL counted down', () => {
  const cache = new AnswerCache(options);
  expect(keep(cache, positive, 1000)).toBe(true);
  const reply = answer(cache, ask('WWW.example.ORG', { id: 77 }), 1042);
  expect(reply?.id).toBe(77);
  expect(reply?.questions[0]?.name).toBe('WWW.example.ORG');
  expect(reply?.answers).toEqual([expect.objectContaining({ ttl: 258, data: '192.0.2.1' })]);
});

test('type, class, DO and CD tell answers apart', () => {
  const cache = new AnswerCache(options);
  keep(cache, positive, 0);
  expect(cache.find(ask('www.example.org', { question: { name: 'www.example.org', type: 'AAAA' } }))).toBe(-1);
  expect(cache.find(ask('www.example.org', { edns: { dnssecOk: true } }))).toBe(-1);
  expect(cache.find(ask('www.example.org', { flags: 0x0110 }))).toBe(-1);
  expect(cache.find(ask('www.example.org', { edns: {} }))).toBeGreaterThanOrEqual(0);
});

test('what is too large for the client is cut to the question with TC set', () => {
  const cache = new AnswerCache(options);
  const records = Array.from({ length: 60 }, (_, i) => ({ name: 'big.example', type: 'A', data: `192.0.2.${i}` }));
  keep(cache, { question: { name: 'big.example' }, records }, 0);
  const cut = answer(cache, ask('big.example'), 0, 512);
  expect([cut?.flag_tc, cut?.answers.length, cut?.questions.length]).toEqual([true, 0, 1]);
  const withEdns = answer(cache, ask('big.example', { edns: { udpSize: 4096 } }), 0, 4096);
  expect([withEdns?.flag_tc, withEdns?.answers.length, withEdns?.additionals.length]).toEqual([false, 60, 1]);
});

test('an answer that says "no" lives as long as the SOA allows (RFC 2308)', () => {
  const cache = new AnswerCache(options);
  const soa = { section: 'authority' as const, name: 'example', type: 'SOA', ttl: 500, data: soaData(60) };
  keep(cache, { flags: 0x8183, question: { name: 'no.example' }, records: [soa] }, 0);
  expect(answer(cache, ask('no.example'), 10)?.rcode).toBe('NXDOMAIN');
  const entry = cache.find(ask('no.example'));
  expect([cache.isFresh(entry, 59), cache.isFresh(entry, 60)]).toEqual([true, false]);
});

test('a stale answer has the stale TTL, and is usable for its time only', () => {
  const cache = new AnswerCache(options);
  keep(cache, positive, 0);
  const entry = cache.find(ask('www.example.org'));
  expect([cache.isFresh(entry, 300), cache.isUsable(entry, 399), cache.isUsable(entry, 400)]).toEqual([
    false,
    true,
    false,
  ]);
  expect(answer(cache, ask('www.example.org'), 350)?.answers[0]?.ttl).toBe(30);
});

test('a popular answer asks to be refreshed once, shortly before it expires', () => {
  const cache = new AnswerCache(options);
  keep(cache, positive, 0);
  const wanted = (now: number) => {
    cache.refreshWanted = false;
    answer(cache, ask('www.example.org'), now);
    return cache.refreshWanted;
  };
  expect([wanted(1), wanted(2), wanted(3), wanted(4)]).toEqual([false, false, false, false]);
  expect([wanted(275), wanted(276)]).toEqual([true, false]);
});

test('flushing a scope leaves the others', () => {
  const cache = new AnswerCache(options);
  keep(cache, positive, 0, 1);
  keep(cache, { ...positive, question: { name: 'b.example' }, records: [] }, 0, 2);
  keep(
    cache,
    { question: { name: 'c.example' }, records: [{ name: 'c.example', type: 'A', data: '192.0.2.1' }] },
    0,
    2,
  );
  cache.flush(2);
  expect([cache.find(ask('c.example')), cache.entries]).toEqual([-1, 1]);
  expect(cache.find(ask('www.example.org'))).toBeGreaterThanOrEqual(0);
  cache.flush();
  expect([cache.entries, cache.find(ask('www.example.org'))]).toEqual([0, -1]);
});

test('memory stays bounded, and a flood of names asked once does not push out what is in use', () => {
  const cache = new AnswerCache({ ...options, capacity: 65_536 });
  for (let i = 0; i < 20; i++) {
    keep(cache, { question: { name: `hot${i}` }, records: [{ name: `hot${i}`, type: 'A', data: '192.0.2.1' }] }, 0);
  }
  for (let i = 0; i < 20_000; i++) {
    keep(cache, { question: { name: `n${i}` }, records: [{ name: `n${i}`, type: 'A', data: '192.0.2.1' }] }, 0);
    if (i % 40 === 0) for (let h = 0; h < 20; h++) answer(cache, ask(`hot${h}`), 0);
  }
  expect(cache.usedOctets).toBeLessThanOrEqual(65_536);
  for (let i = 0; i < 20; i++) expect(answer(cache, ask(`hot${i}`), 0)?.answers[0]?.data).toBe('192.0.2.1');
  expect(cache.find(ask('n0'))).toBe(-1);
  expect(cache.find(ask('n19999'))).toBeGreaterThanOrEqual(0);
});

test('the ring agrees with a plain map under random use', () => {
  let state = 12345;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const cache = new AnswerCache({ ...options, capacity: 16_384 });
  const latest = new Map<string, string>();
  for (let step = 0; step < 30_000; step++) {
    const name = `${'x'.repeat(random(60))}${random(200)}.example`;
    if (random(3) > 0) {
      const data = `10.0.${random(256)}.${random(256)}`;
      const copies = 1 + random(12);
      keep(
        cache,
        { question: { name }, records: Array.from({ length: copies }, () => ({ name, type: 'A', data })) },
        step,
      );
      latest.set(name, `${copies} ${data}`);
    } else {
      const reply = answer(cache, ask(name), step);
      if (reply && reply.answers.length > 0)
        expect(`${reply.answers.length} ${reply.answers[0]?.data}`).toBe(latest.get(name));
    }
    if (random(5000) === 0) cache.flush(random(2) === 0 ? 1 : undefined);
  }
  expect(cache.entries).toBeGreaterThan(10);
  expect(cache.evictions).toBeGreaterThan(1000);
});
