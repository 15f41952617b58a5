import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFileSource } from './file-source';

test('the stamp of a file changes when it is written, replaced or removed, and not otherwise', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'file-source-'));
  const file = path.join(folder, 'hosts');
  const source = createFileSource(file);
  expect([source.stamp(), source.read()]).toEqual(['', '']);
  writeFileSync(file, 'one');
  const stamps = [source.stamp(), source.stamp()];
  expect(stamps[0]).toBe(stamps[1]);
  expect(source.read()).toBe('one');
  writeFileSync(`${file}.new`, 'two');
  renameSync(`${file}.new`, file);
  expect(source.stamp()).not.toBe(stamps[0]);
  rmSync(folder, { recursive: true });
  expect(source.stamp()).toBe('');
  expect(createFileSource('').stamp()).toBe('');
});
