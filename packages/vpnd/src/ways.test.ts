import type { IpAddress } from '@connman/inet';
import { ManualClock } from '@connman/testkit';
import { type Way, Ways } from './ways';

const server = '203.0.113.1' as IpAddress;
const tunnel = 9;

function watched(first: Way | undefined) {
  const clock = new ManualClock();
  let way = first;
  let moves = 0;
  const ways = new Ways(clock, () => way);
  ways.watch([server], tunnel, () => moves++);
  const become = (next: Way | undefined) => {
    way = next;
    ways.changed();
    clock.advance(100);
    return moves;
  };
  return { become, ways };
}
const by = (ifindex: number, source = '10.0.0.5') => ({ ifindex, source: source as IpAddress });

test('another link and another address are moves; the same way is none', () => {
  const { become } = watched(by(2));
  expect(become(by(2))).toBe(0);
  expect(become(by(3))).toBe(1);
  expect(become(by(3, '10.0.0.6'))).toBe(2);
});

test('a way that is gone for a while and back is no move; another one in its place is', () => {
  const { become } = watched(by(2));
  expect(become(undefined)).toBe(0);
  expect(become(by(2))).toBe(0);
  expect(become(undefined)).toBe(0);
  expect(become(by(3))).toBe(1);
});

test('a way into the tunnel itself is none, also as the first', () => {
  const { become } = watched(by(tunnel));
  expect(become(by(2))).toBe(0);
  expect(become(by(tunnel))).toBe(0);
  expect(become(by(2))).toBe(0);
});

test('what changes together is looked at once', () => {
  const clock = new ManualClock();
  let looks = 0;
  const ways = new Ways(clock, () => {
    looks++;
    return by(2);
  });
  ways.watch([server], tunnel, () => {});
  for (let i = 0; i < 1000; i++) ways.changed();
  clock.advance(100);
  expect(looks).toBe(2);
  ways.close();
});
