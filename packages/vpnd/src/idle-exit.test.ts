import { ManualClock } from '@connman/testkit';
import { IdleExit } from './idle-exit';

function idleExit() {
  const clock = new ManualClock();
  let exits = 0;
  const idle = new IdleExit(clock, () => {
    exits++;
  });
  return { clock, idle, exits: () => exits };
}

test('the program ends once it has been of no use for a minute', () => {
  const { clock, idle, exits } = idleExit();
  idle.look(false);
  clock.advance(59_999);
  expect(exits()).toBe(0);
  clock.advance(1);
  expect(exits()).toBe(1);
});

test('each look begins the minute again, and while the program is needed none begins', () => {
  const { clock, idle, exits } = idleExit();
  idle.look(false);
  clock.advance(50_000);
  idle.look(false);
  clock.advance(50_000);
  idle.look(true);
  clock.advance(3_600_000);
  expect(exits()).toBe(0);
});
