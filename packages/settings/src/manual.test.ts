import { mainConfManual } from './manual';

test('a key that no part of the build reads is marked, and only that', () => {
  const rows = mainConfManual({ Enable6to4: '6to4' })
    .split('\n')
    .filter((line) => line.includes('Not in this build'));
  expect(rows).toEqual([expect.stringMatching(/^\| `Enable6to4` .* Not in this build: it belongs to 6to4\. \|$/)]);
});
