import { instant } from '@connman/base';
import type { CheckOutcome } from '../online/online-machine';
import {
  answered,
  checked,
  checkMs,
  newWay,
  priced,
  reassured,
  shownVerdict,
  suspected,
  trustedAt,
  verified,
  type Way,
} from './way';

const online: CheckOutcome = { kind: 'online' };
const silence: CheckOutcome = { kind: 'failure', reason: 'no answer', transient: false };
const at = (seconds: number) => instant(1_000_000 + seconds * 1000);
const sign = 'a connection stalls';
const good = (seconds = 0): Way =>
  verified(newWay('wired', 2, 4, at(0), at(2)), at(seconds), 'the online check succeeded');

/** A check that goes out then and is answered so. */
const check = (way: Way, seconds: number, outcome: CheckOutcome, took = 0.02) =>
  answered(checked(way, 1, at(seconds)), outcome, at(seconds + took));

/** Lost at that time by a check that had all its time. */
const lostAt = (way: Way, seconds: number) =>
  check(suspected(way, at(seconds), sign), seconds, silence, checkMs / 1000);

test('a good way is checked no more', () => {
  expect(good().dueAt).toBeUndefined();
  expect(check(reassured(good(), at(60)), 60, online)).toMatchObject({
    verdict: 'verified',
    seenAt: at(60.02),
    disproved: 0,
  });
});

test('a check that fails at once is repeated, and the way is lost after 3 s of failures', () => {
  let way = check(suspected(good(), at(60), sign), 60, silence);
  expect([way.verdict, way.dueAt]).toEqual(['verified', at(60.52)]);
  way = check(way, 62.9, silence, 0.05);
  expect(way.verdict).toBe('verified');
  way = check(way, 63.4, silence);
  expect([way.verdict, way.evidence]).toEqual(['lost', 'no answer']);
});

test('a portal is no way to the internet, at once', () => {
  const way = check(suspected(good(), at(60), sign), 60, { kind: 'portal', url: 'http://hotel.example/' });
  expect([way.verdict, way.evidence]).toEqual(['lost', 'a portal answers: http://hotel.example/']);
});

test('suspicions that are disproved are followed by ever longer pauses, up to 55 minutes', () => {
  let way = good();
  const pauses: number[] = [];
  for (let second = 1, last = 0; second < 6 * 3600; second++) {
    const next = suspected(way, at(second), sign);
    if (next === way) continue;
    pauses.push(second - last);
    last = second;
    way = check(next, second, online, 0);
  }
  expect(pauses.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
  expect(pauses.at(-1)).toBe(55 * 60);
});

test('a way that was lost is preferred again after a minute without a failure, doubled with each loss', () => {
  let way = lostAt(good(), 100);
  way = check(way, 113, online, 0);
  expect([way.verdict, trustedAt(way)]).toEqual(['lost', at(173)]);
  way = check(way, 123, silence);
  expect(trustedAt(way)).toBeUndefined();
  way = verified(check(way, 133, online, 0), at(193), 'checks succeed again');
  way = check(lostAt(way, 200), 300, online, 0);
  expect(trustedAt(way)).toBe(at(420));
});

test('a lost way is checked every 10 s, later less often, and every 5 minutes at last', () => {
  let way = lostAt(good(), 0);
  const waits: number[] = [];
  for (let next = way.dueAt; next !== undefined && next < at(8 * 3600); next = way.dueAt) {
    const before = next;
    way = answered(checked(way, 1, before), silence, before);
    waits.push(((way.dueAt ?? before) - before) / 1000);
  }
  expect([waits[0], waits.at(-1)]).toEqual([10, 300]);
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
});

test('a metered way is checked a quarter as often, and not for another one so soon after its own check', () => {
  const metered = priced(good(), true);
  expect(suspected(check(suspected(metered, at(1), sign), 1, online, 0), at(8), sign).dueAt).toBeUndefined();
  expect(suspected(check(suspected(metered, at(1), sign), 1, online, 0), at(9), sign).dueAt).toBe(at(9));
  expect(lostAt(metered, 100).dueAt).toBe(at(143));
  expect([reassured(metered, at(599)).dueAt, reassured(metered, at(600)).dueAt]).toEqual([undefined, at(600)]);
});

test('full-size packets are checked behind a check that succeeds, and the way is narrow when they alone are lost', () => {
  let way = check(suspected(good(), at(60), sign, true), 60, online);
  expect([way.verdict, way.size, way.dueAt]).toEqual(['verified', 'full', at(60.02)]);
  way = check(way, 60.02, silence, 3);
  expect([way.verdict, shownVerdict(way)]).toEqual(['lost', 'narrow']);
  way = check(way, 73.02, online);
  expect([shownVerdict(way), way.size, way.goodSince]).toEqual(['lost', undefined, at(73.04)]);
});

test('a full-size check that succeeds disproves the suspicion, and later ones of a row ask for none', () => {
  let way = check(check(suspected(good(), at(60), sign, true), 60, online), 60.02, online);
  expect(way).toMatchObject({ verdict: 'verified', disproved: 1 });
  expect([way.size, way.dueAt]).toEqual([undefined, undefined]);
  way = check(suspected(way, at(65), sign, false), 65, online);
  expect(suspected(way, at(80), sign, true)).toMatchObject({ dueAt: at(80), disproved: 2 });
  expect(suspected(way, at(80), sign, true).size).toBeUndefined();
});

test('an uplink that is dead altogether is lost, not narrow, also when full segments were seen to stall', () => {
  expect(shownVerdict(check(suspected(good(), at(60), sign, true), 60, silence, 3))).toBe('lost');
});

test('a lost way keeps what led to its check, until it is verified again', () => {
  const way = lostAt(good(), 60);
  expect(way).toMatchObject({ verdict: 'lost', evidence: 'no answer', suspicion: sign });
  expect(verified(way, at(200), 'checks succeed again').suspicion).toBeUndefined();
  expect(check(suspected(good(), at(60), sign), 60, online).suspicion).toBeUndefined();
});
