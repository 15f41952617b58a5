import { type Candidate, select } from './select';

function candidates(...list: readonly (readonly [offset: number, distance: number])[]): Candidate<number>[] {
  return list.map(([offset, distance], id) => ({ id, offset, distance }));
}

function ids(list: readonly Candidate<number>[] | undefined): number[] {
  return (list ?? []).map(({ id }) => id);
}

test('one server is a majority, none is none', () => {
  expect(select(candidates([5, 1]))).toMatchObject({ offset: 5 });
  expect(select([])).toBeUndefined();
});

test('two servers apart are no majority, two whose intervals touch are one', () => {
  expect(select(candidates([0, 1], [10, 1]))).toBeUndefined();
  expect(ids(select(candidates([0, 5], [10, 5]))?.survivors)).toEqual([0, 1]);
});

test('of three servers the one apart is the falseticker', () => {
  const selection = select(candidates([0, 2], [1000, 2], [1, 2]));
  expect(ids(selection?.falsetickers)).toEqual([1]);
  expect(selection?.offset).toBeCloseTo(0.5);
});

test('two against two decide nothing', () => {
  expect(select(candidates([0, 1], [0.5, 1], [50, 1], [50.5, 1]))).toBeUndefined();
});

test('the offset is the median of the survivors', () => {
  expect(select(candidates([0, 9], [8, 9], [1, 9]))?.offset).toBe(1);
  expect(select(candidates([0, 9], [8, 9], [1, 9], [2, 9]))?.offset).toBe(1.5);
});

test('survivors far less exact than the best have no say in the offset', () => {
  const selection = select(candidates([0, 0.5], [40, 100], [60, 100]));
  expect(ids(selection?.survivors)).toEqual([0, 1, 2]);
  expect(selection).toMatchObject({ offset: 0, distance: 0.5 });
});

test('for all intervals: survivors are a majority, and the truth common to them all is kept', () => {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
  for (let round = 0; round < 500; round++) {
    const truth = random() * 100;
    const good = 3 + Math.floor(random() * 4);
    const list: (readonly [number, number])[] = [];
    for (let i = 0; i < good; i++) {
      const distance = 1 + random() * 20;
      list.push([truth + (random() * 2 - 1) * distance, distance]);
    }
    for (let i = 0; i < good - 1; i++) list.push([truth + 500 + i * 100, 5]);
    const selection = select(candidates(...list));
    expect(ids(selection?.survivors)).toEqual(Array.from({ length: good }, (_, i) => i));
    expect(ids(selection?.falsetickers)).toHaveLength(good - 1);
  }
});
