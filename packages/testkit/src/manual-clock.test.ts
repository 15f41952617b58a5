import { ManualClock } from './manual-clock';

test('timers ring in order, at their own moments, and those set meanwhile too', () => {
  const clock = new ManualClock(100);
  const rung: string[] = [];
  const ring = (name: string) => () => rung.push(`${name}@${clock.now()}`);
  clock.setTimer(30, ring('late'));
  clock.setTimer(10, () => {
    ring('early')();
    clock.setTimer(5, ring('later set'));
  });
  const cancel = clock.setTimer(20, ring('cancelled'));
  cancel();
  expect(clock.untilNext).toBe(10);
  clock.advance(29);
  expect(rung).toEqual(['early@110', 'later set@115']);
  clock.advance(1);
  expect(rung.at(-1)).toBe('late@130');
  expect([clock.pending, clock.untilNext, clock.now()]).toEqual([0, undefined, 130]);
});

test('the wall clock can jump without the other noticing', () => {
  const clock = new ManualClock(0, 5000);
  clock.jumpWallTime(-1000);
  clock.advance(1);
  expect([clock.now(), clock.wallTime()]).toEqual([1, 4001]);
});

test('timers that fall due while the machine sleeps ring when it wakes, in their order', () => {
  const clock = new ManualClock(100);
  const rung: string[] = [];
  clock.setTimer(20, () => rung.push(`second@${clock.now()}`));
  clock.setTimer(10, () => rung.push(`first@${clock.now()}`));
  clock.setTimer(60, () => rung.push(`later@${clock.now()}`));
  clock.sleep(50);
  expect(rung).toEqual(['first@150', 'second@150']);
  clock.advance(10);
  expect(rung.at(-1)).toBe('later@160');
});
