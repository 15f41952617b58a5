import { instant } from '@connman/base';
import * as timing from './retransmission';

const random = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 123456789];

test('transmissions: quick at first, then every ten seconds for good', () => {
  const total = (draw: number, count: number) => {
    let now = instant(0);
    for (let sent = 1; sent <= count; sent++) now = timing.nextTransmission(now, sent, draw);
    return now;
  };
  for (const draw of random) {
    expect(timing.nextTransmission(instant(0), 1, draw)).toBeGreaterThanOrEqual(180);
    expect(timing.nextTransmission(instant(0), 1, draw)).toBeLessThanOrEqual(220);
    // A request for an offer is given up about 6.2 s after the first one.
    expect(total(draw, timing.requestTransmissions)).toBeGreaterThan(5500);
    expect(total(draw, timing.requestTransmissions)).toBeLessThan(6900);
    for (const sent of [7, 100, 100_000]) {
      const wait = timing.nextTransmission(instant(0), sent, draw);
      expect(wait).toBeGreaterThanOrEqual(9000);
      expect(wait).toBeLessThanOrEqual(11_000);
    }
  }
});

test('clients that start as one do not stay as one', () => {
  const waits = new Set(Array.from({ length: 100 }, (_, draw) => timing.nextTransmission(instant(0), 7, draw)));
  expect(waits.size).toBeGreaterThan(80);
});

test.each([
  [1, 0, 0],
  [2, 2700, 3300],
  [3, 5400, 6600],
  [4, 9000, 11_000],
  [50, 9000, 11_000],
])('after failure %i the wait is between %i and %i ms', (failures, least, most) => {
  for (const draw of random) {
    const wait = timing.waitAfterFailure(failures, draw);
    expect(wait).toBeGreaterThanOrEqual(least);
    expect(wait).toBeLessThanOrEqual(most);
  }
});

function renewals(start: number, end: number): number[] {
  const moments = [start];
  for (let now = start; now < end; ) {
    now = timing.nextRenewal(instant(now), instant(start), instant(end));
    moments.push(now);
  }
  return moments;
}

test.each([
  [
    'a long phase is halved, down to a minute',
    0,
    1_600_000,
    [0, 800_000, 1_200_000, 1_400_000, 1_500_000, 1_560_000, 1_600_000],
  ],
  ['a short one is cut into six', 0, 60_000, [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]],
  ['a very short one into seconds', 0, 3500, [0, 1000, 2000, 3000, 3500]],
  ['an empty one is over', 5, 5, [5]],
])('%s', (_, start, end, moments) => {
  expect(renewals(start, end)).toEqual(moments);
});
