import { ManualClock } from '@connman/testkit';
import { Deadlines } from './deadlines';

test('deadlines ring in their order, on one timer, and those taken back do not', () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const rung: string[] = [];
  const add = (ms: number, name: string) => deadlines.add(clock.now(), ms, () => rung.push(name));
  add(300, 'late');
  const gone = add(200, 'gone');
  add(100, 'early');
  deadlines.cancel(gone);
  deadlines.cancel(gone);
  clock.advance(90);
  expect(rung).toEqual([]);
  clock.advance(20);
  expect(rung).toEqual(['early']);
  clock.advance(300);
  expect(rung).toEqual(['early', 'late']);
  expect(clock.pending).toBe(0);
});

test('a deadline may set another one, and an earlier one moves the timer', () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const rung: number[] = [];
  const again = () => {
    rung.push(clock.now());
    if (rung.length < 3) deadlines.add(clock.now(), 10, again);
  };
  deadlines.add(clock.now(), 1000, () => rung.push(-1));
  deadlines.add(clock.now(), 10, again);
  clock.advance(100);
  expect(rung.length).toBe(3);
  deadlines.close();
  clock.advance(2000);
  expect(rung.length).toBe(3);
});

test('thousands that come and go leave nothing behind and disturb no order', () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const rung: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const at = 1 + ((i * 7919) % 5000);
    const deadline = deadlines.add(clock.now(), at, () => rung.push(at));
    if (i % 100 !== 0) deadlines.cancel(deadline);
  }
  clock.advance(6000);
  expect(rung.length).toBe(200);
  expect(rung).toEqual([...rung].sort((a, b) => a - b));
  expect(clock.pending).toBe(0);
});

test('a deadline that is set while another rings holds up none that waits already', () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const rung: [string, number][] = [];
  deadlines.add(clock.now(), 10, () => {
    deadlines.add(clock.now(), 1000, () => rung.push(['late', clock.now()]));
  });
  deadlines.add(clock.now(), 50, () => rung.push(['early', clock.now()]));
  clock.advance(2000);
  expect(rung).toEqual([
    ['early', 54],
    ['late', 1018],
  ]);
  expect(clock.pending).toBe(0);
});
