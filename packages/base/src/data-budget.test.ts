import { formatBytes, formatDataBudget, parseDataBudget } from './data-budget';

test.each<[string, number, boolean, string]>([
  ['500M', 500_000_000, false, '500M'],
  ['5G/month', 5_000_000_000, true, '5G/month'],
  ['2.5g/MONTH', 2_500_000_000, true, '2500M/month'],
  ['1000000', 1_000_000, false, '1M'],
  ['1234', 1234, false, '1234'],
  ['9T', 9e12, false, '9T'],
])('%s is so many bytes, and is written so that it is read back', (text, bytes, isMonthly, written) => {
  const budget = { bytes, isMonthly };
  expect(parseDataBudget(text)).toEqual(budget);
  expect(formatDataBudget(budget)).toBe(written);
  expect(parseDataBudget(written)).toEqual(budget);
});

test.each([
  '',
  '0',
  '0.0G',
  '0.4',
  '-5G',
  '5P',
  '5G/week',
  '5 G',
  'G',
  '1e9',
  'none',
  '9007199254740993',
  '99999T/month',
])('%j is no budget', (text) => {
  expect(parseDataBudget(text)).toBeUndefined();
});

test('bytes for people have one digit behind the point, and a unit', () => {
  expect([0, 999, 1000, 1_250_000, 5e9, 7e15].map(formatBytes)).toEqual([
    ...['0 B', '999 B', '1.0 KB', '1.3 MB', '5.0 GB', '7000.0 TB'],
  ]);
});
