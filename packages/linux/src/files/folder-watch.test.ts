import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
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

test('a file that is written over in place is seen whole, and not empty as it is in between', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'watch-'));
  const file = path.join(folder, 'office.config');
  writeFileSync(file, '[global]\n');
  const seen: string[] = [];
  let end = () => {};
  await new Promise<void>((resolve) => {
    end =
      folderWatchPort.watch(folder, () => {
        seen.push(readFileSync(file, 'utf8'));
        resolve();
      }) ?? resolve;
    const fd = openSync(file, 'w');
    setTimeout(() => {
      writeSync(fd, '[service_office]\n');
      closeSync(fd);
    }, 20);
  });
  end();
  rmSync(folder, { recursive: true });
  expect(seen).toEqual(['[service_office]\n']);
});
