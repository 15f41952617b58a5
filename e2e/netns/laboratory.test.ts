// The laboratory from a folder outside of this checkout, as README.md shows it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repository } from './lab/host';

jest.setTimeout(60_000);

const readme = readFileSync(`${repository}/e2e/README.md`, 'utf8');
const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';

test('the example of the README brings a machine online from another folder', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'connman-outside-'));
  try {
    const text = example.replace('/path/to/connman', repository);
    expect(text).not.toBe(example);
    writeFileSync(path.join(folder, 'scenario.js'), text);
    const printed = execFileSync(process.execPath, ['scenario.js'], { cwd: folder, encoding: 'utf8' });
    expect(printed).toBe('Wired: online\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
