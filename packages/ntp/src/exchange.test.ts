import { type Asked, readAnswer } from './exchange';
import { encodePacket, fromWallTime, type NtpPacket } from './packet';

const cookie = { seconds: 7, fraction: 9 };
const asked: Asked = { cookie, sentRaw: 1000 };
const trueTime = Date.UTC(2026, 0, 1);

const good: NtpPacket = {
  ...{ leap: 0, version: 4, mode: 4, stratum: 2, poll: 6, precision: -20, rootDelay: 0.02, rootDispersion: 0.005 },
  ...{ referenceId: 0x0a000001, reference: fromWallTime(trueTime - 60_000), origin: cookie },
  ...{ receive: fromWallTime(trueTime), transmit: fromWallTime(trueTime + 2) },
};

function answer(change: Partial<NtpPacket> = {}, receivedRaw = 1042) {
  return readAnswer(asked, encodePacket({ ...good, ...change }), receivedRaw);
}

function ascii(text: string): number {
  return Buffer.from(text, 'latin1').readUInt32BE(0);
}

test('offset, delay and root distance follow from the four timestamps', () => {
  const sample = answer();
  expect(sample.ok).toBe(true);
  if (!sample.ok) return;
  // It left at 1000 and was there in the middle of 1020 and 1022, if both ways take 20 ms.
  expect(sample.value.raw).toBe(1021);
  expect(sample.value.offset).toBeCloseTo(trueTime + 1 - 1021, 2);
  expect(sample.value.delay).toBeCloseTo(40, 2);
  expect(sample.value.distance).toBeCloseTo(10 + 20 + 5, 1);
});

test.each<[string, Partial<NtpPacket>]>([
  ['another origin timestamp', { origin: { seconds: 7, fraction: 8 } }],
  ['mode client', { mode: 3 }],
  ['mode broadcast', { mode: 5 }],
  ['version 2', { version: 2 }],
  ['version 5', { version: 5 }],
])('%s is a stray, and the answer may still come', (_, change) => {
  expect(answer(change)).toMatchObject({ ok: false, error: { kind: 'stray' } });
});

test.each<[string, Partial<NtpPacket>]>([
  ['a server that is not synchronised', { leap: 3 }],
  ['stratum 16', { stratum: 16 }],
  ['an empty receive timestamp', { receive: { seconds: 0, fraction: 0 } }],
  ['an empty transmit timestamp', { transmit: { seconds: 0, fraction: 0 } }],
  ['a root distance of 8 s', { rootDispersion: 8 }],
  ['a root delay of 16 s', { rootDelay: 16 }],
  ['a server that answers before it was asked', { transmit: fromWallTime(trueTime - 1) }],
  ['a server that took longer than the round trip', { transmit: fromWallTime(trueTime + 5000) }],
])('%s is of no use', (_, change) => {
  expect(answer(change)).toMatchObject({ ok: false, error: { kind: 'unfit' } });
});

test('stratum 0 is a kiss-o’-death with its code and its poll', () => {
  const refused = answer({ stratum: 0, referenceId: ascii('RATE'), poll: 9 });
  expect(refused).toEqual({ ok: false, error: { kind: 'kiss', code: 'RATE', poll: 9 } });
  expect(answer({ stratum: 0, referenceId: 0x00ff0a41 })).toMatchObject({ error: { code: '...A' } });
});

test('leap indicators are told on', () => {
  expect(answer({ leap: 1 })).toMatchObject({ value: { leap: 'insert' } });
  expect(answer({ leap: 2 })).toMatchObject({ value: { leap: 'delete' } });
});

test('an answer cut anywhere is a stray', () => {
  const bytes = encodePacket(good);
  for (let length = 0; length < bytes.length; length++)
    expect(readAnswer(asked, bytes.subarray(0, length), 1042)).toMatchObject({ ok: false, error: { kind: 'stray' } });
});

test('an answer with any one bit flipped is a sample or a refusal, and never of another question', () => {
  const bytes = encodePacket(good);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    const read = readAnswer(asked, flipped, 1042);
    const isOrigin = bit >= 24 * 8 && bit < 32 * 8;
    expect([bit, isOrigin && (read.ok || read.error.kind !== 'stray')]).toEqual([bit, false]);
  }
});
