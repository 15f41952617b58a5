import { instant } from './time';
import { popTimed, pushTimed, type Timed } from './timed-heap';

test('the earliest is first, in whatever order they came', () => {
  for (let seed = 1; seed <= 50; seed++) {
    let state = seed;
    const moments = Array.from({ length: seed }, () => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return state % 20;
    });
    const heap: Timed[] = [];
    for (const at of moments) pushTimed(heap, { at: instant(at) });
    const taken: number[] = [];
    for (let first = heap[0]; first; first = heap[0]) {
      taken.push(first.at);
      popTimed(heap);
    }
    expect(taken).toEqual(moments.sort((a, b) => a - b));
  }
});

test('nothing is taken out of an empty heap', () => {
  const heap: Timed[] = [];
  popTimed(heap);
  expect(heap).toEqual([]);
});
