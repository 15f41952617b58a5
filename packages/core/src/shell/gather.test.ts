import { gather } from './gather';

test('what comes in within one wake-up is handed over together, in its order, and what comes later on its own', () => {
  const due: (() => void)[] = [];
  const handed: (readonly number[])[] = [];
  const take = gather<number>(
    (callback) => due.push(callback),
    (all) => handed.push(all),
  );
  for (const one of [1, 2, 3]) take(one);
  expect(handed).toEqual([]);
  due.shift()?.();
  take(4);
  due.shift()?.();
  expect([handed, due]).toEqual([[[1, 2, 3], [4]], []]);
});

test('what comes in while it is handed over is not lost', () => {
  const due: (() => void)[] = [];
  const handed: (readonly number[])[] = [];
  const take = gather<number>(
    (callback) => due.push(callback),
    (all) => {
      handed.push(all);
      if (all.includes(1)) take(2);
    },
  );
  take(1);
  for (let next = due.shift(); next; next = due.shift()) next();
  expect(handed).toEqual([[1], [2]]);
});
