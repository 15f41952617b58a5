import fc from 'fast-check';
import { type Timer, TimerQueue } from './timer-queue';

function drain(queue: TimerQueue): Timer[] {
  const timers: Timer[] = [];
  for (let timer = queue.first; timer; timer = queue.first) {
    queue.remove(timer);
    timers.push(timer);
  }
  return timers;
}

test('timers come out by their moment, those of one moment in the order they were set, and removed ones not at all', () => {
  const step = fc.record({ at: fc.integer({ min: 0, max: 20 }), removes: fc.option(fc.nat(200)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new TimerQueue();
      const all: Timer[] = [];
      const removed = new Set<Timer>();
      for (const { at, removes } of steps) {
        all.push(queue.add(at, () => {}));
        const victim = removes === null ? undefined : all[removes];
        if (victim) {
          queue.remove(victim);
          removed.add(victim);
        }
      }
      const expected = all.filter((timer) => !removed.has(timer)).sort((a, b) => a.at - b.at || a.order - b.order);
      expect(drain(queue)).toEqual(expected);
    }),
  );
});
