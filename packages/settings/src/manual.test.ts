import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mainConfManual } from './manual';

test('docs/main.conf.md is what tools/docs/main-conf.mjs writes', () => {
  const file = path.join(__dirname, '../../../docs/main.conf.md');
  expect(readFileSync(file, 'utf8')).toBe(mainConfManual());
});
