import { growthOf, stepsOf } from './steps';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const spread = (count: number) => {
  let all: number[] = [];
  for (let i = 0; i < count; i++) all = [...all, i];
};
const product = (count: number) => {
  let sum = 0;
  for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) sum += i * j;
  return sum;
};
const mapped = (count: number) => {
  const map = new Map<number, number>();
  for (let i = 0; i < count; i++) map.set(i, i);
  for (let i = 0; i < count; i++) map.get(i);
};

test('a round of a loop is one step, and so is a look into a map', () => {
  const loop = (rounds: number) => {
    let sum = 0;
    for (let i = 0; i < rounds; i++) sum += i;
    return sum;
  };
  expect(stepsOf(() => loop(1000)) - stepsOf(() => loop(100))).toBe(900);
  expect(stepsOf(() => mapped(1000)) - stepsOf(() => mapped(100))).toBe(4 * 900);
});

test.each([
  ['a callback for each', 4, (count: number) => numbers(count).map((i) => i + 1)],
  ['a sort', 4.6, (count: number) => numbers(count).sort((a, b) => ((a * 7919) % 4001) - ((b * 7919) % 4001))],
  ['a map', 4, mapped],
  ['a loop in a loop', 16, product],
  ['a search for each', 16, (count: number) => numbers(count).filter((i, _, all) => all.includes(i))],
  ['a copy for each', 16, spread],
] as const)('%s: four times as much is %d times as many steps', (_name, factor, act) => {
  const growth = growthOf(300, (count) => () => void act(count));
  expect(Math.abs(growth / factor - 1)).toBeLessThan(0.05);
});
