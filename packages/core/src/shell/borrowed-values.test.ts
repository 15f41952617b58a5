import { lineLogger } from '@connman/base';
import { MemoryFiles } from '@connman/testkit';
import { BorrowedValues } from './borrowed-values';

const runFolder = '/run/connman';
const path = 'net/ipv4/conf/all/rp_filter';

function scene(record?: string) {
  const files = new MemoryFiles().putFolder(runFolder);
  if (record !== undefined) files.putFile(`${runFolder}/borrowed`, record);
  const values = new Map([[path, '1']]);
  const sysctl = {
    read: (name: string) => values.get(name),
    write: (name: string, value: string) => void values.set(name, value),
  };
  const lines: string[] = [];
  const log = lineLogger({ write: (text) => lines.push(text), level: 'info', severityPrefix: false, prefix: '' });
  const start = (bootId = 'boot') => new BorrowedValues({ files, sysctl, runFolder, bootId, log });
  return { files, values, start };
}

test('the next run gives back what a crashed one has borrowed, and nothing is left of it', () => {
  const { files, values, start } = scene();
  const first = start();
  first.takeSysctl(path, '2', '1');
  first.keepMtu(3, { before: 1500, ours: 1400 });
  const next = start();
  expect(next.former).toEqual({ mtus: [[3, { before: 1500, ours: 1400 }]], sysctls: [path] });
  expect([next.giveBackSysctl(path), values.get(path)]).toEqual(['1', '1']);
  next.keepMtu(3, undefined);
  expect(files.list(runFolder)).toEqual([]);
});

test('a value is remembered as it was before the first of several changes', () => {
  const { values, start } = scene();
  const borrowed = start();
  borrowed.takeSysctl(path, '2');
  borrowed.takeSysctl(path, '0');
  borrowed.giveBackSysctl(path);
  expect(values.get(path)).toBe('1');
});

test('what was borrowed in another boot is not given back', () => {
  const { start } = scene();
  start().takeSysctl(path, '2');
  expect(start('another').former).toEqual({ mtus: [], sysctls: [] });
});

test.each([
  '',
  'null',
  '{"bootId":"boot","sysctls":[1],"mtus":{"a":{"before":"x","ours":1}}}',
  '{"bootId":"boot","sysctls":{"x":3}}',
])('a damaged record (%j) has nothing borrowed', (record) => {
  expect(scene(record).start().former).toEqual({ mtus: [], sysctls: [] });
});
