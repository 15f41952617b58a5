import { ManualClock } from '@connman/testkit';
import { TidyUp } from './tidy-up';

function setUp() {
  const clock = new ManualClock();
  const collections: number[] = [];
  const tidyUp = new TidyUp(clock, () => collections.push(clock.now()));
  return { clock, collections, tidyUp };
}

test('it tidies up six seconds after the last event of a burst, once', () => {
  const { clock, collections, tidyUp } = setUp();
  for (let event = 0; event < 5; event++) {
    tidyUp.stir();
    clock.advance(1500);
  }
  clock.advance(60_000);
  expect(collections).toEqual([12_000]);
});

test('it rests a minute before it tidies up again', () => {
  const { clock, collections, tidyUp } = setUp();
  tidyUp.stir();
  clock.advance(10_000);
  tidyUp.stir();
  clock.advance(120_000);
  expect(collections).toEqual([6000, 66_000]);
});

test('nothing happens, nothing is tidied up', () => {
  const { clock, collections } = setUp();
  clock.advance(600_000);
  expect(collections).toEqual([]);
});
