import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { folderWatchPort } from './folder-watch';

test('a file that comes or goes is noticed; a folder that is not there is not watched', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'watch-'));
  let noticed = () => {};
  const next = () =>
    new Promise<void>((resolve) => {
      noticed = resolve;
    });
  const end = folderWatchPort.watch(folder, () => noticed());
  let change = next();
  writeFileSync(path.join(folder, 'office.config'), '[global]\n');
  await change;
  change = next();
  rmSync(path.join(folder, 'office.config'));
  await change;
  end?.();
  rmSync(folder, { recursive: true });
  expect(folderWatchPort.watch(folder, () => {})).toBeUndefined();
});
