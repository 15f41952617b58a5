/** No file costs more than n log n of its lines: a long one may be an accident, and must not hold the daemon up. */
import { growthOf } from '@connman/testkit/steps';
import { KeyFile, type Problem, readProvisioning, readSessionPolicies } from '../src';

const repeat = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

const files: Record<string, (count: number) => string> = {
  'keys of one group': (count) => `[g]\n${repeat(count, (i) => `k${i}=v`)}`,
  'a key again and again': (count) => `[g]\n${repeat(count, () => 'k=v')}`,
  groups: (count) => repeat(count, (i) => `[service_g${i}]\nType=ethernet\nuid=u`),
  'a group again and again': (count) => repeat(count, (i) => `[service_g]\nk${i}=v`),
  'lines that are none': (count) => repeat(count, () => 'nothing'),
  'one long line': (count) => `[g]\nk=${'v;'.repeat(count)}`,
};

const readAll = (file: KeyFile) => {
  for (const group of file.groups()) {
    file.lineOfGroup(group);
    for (const { key } of file.entries(group)) file.get(group, key);
  }
};

test.each(Object.entries(files))('%s: reading the file, and all that is in it', (_name, text) => {
  expect(growthOf(200, (count) => () => readAll(KeyFile.parse(text(count))))).toBeLessThan(5);
});

test.each(Object.entries(files))('%s: as provisioning, and as session policies', (_name, text) => {
  const problems: Problem[] = [];
  expect(growthOf(100, (count) => () => void readProvisioning('a.config', text(count), problems))).toBeLessThan(5);
  expect(growthOf(100, (count) => () => void readSessionPolicies('a.policy', text(count), problems))).toBeLessThan(5);
});

test.each<[string, (file: KeyFile, i: number) => void]>([
  ['keys of one group', (file, i) => file.set('g', `k${i}`, 'v')],
  ['keys of a group each', (file, i) => file.set(`g${i}`, 'k', 'v')],
  ['a key again and again', (file, i) => file.set('g', 'k', `${i}`)],
  [
    'keys that are removed again',
    (file, i) => {
      file.set('g', `k${i}`, 'v');
      file.remove('g', `k${i}`);
    },
  ],
])('%s: setting them one by one, and writing the file', (_name, set) => {
  const growth = growthOf(200, (count) => () => {
    const file = KeyFile.parse('[g]\n');
    for (let i = 0; i < count; i++) set(file, i);
    file.toString();
  });
  expect(growth).toBeLessThan(5);
});
