import { lineLogger } from '@connman/base';
import { MemoryFiles } from '@connman/testkit';
import { MachineSecret } from './machine-secret';

const file = '/var/lib/connman/secret';

function scene(files = new MemoryFiles(), seed = 1) {
  const lines: string[] = [];
  const log = lineLogger({ write: (line) => lines.push(line), level: 'info', severityPrefix: false, prefix: '' });
  const entropy = { bytes: (count: number) => new Uint8Array(count).fill(seed), uint32: () => seed };
  return { secret: new MachineSecret({ files, file, entropy, log, consequence: 'all is new' }), lines };
}

test('what is derived is the same in the next run, and says nothing while no secret was made', () => {
  const files = new MemoryFiles();
  expect(scene(files).secret.derived('a')).toBeUndefined();
  const first = scene(files).secret.derive('a');
  expect(scene(files, 2).secret.derived('a')).toEqual(first);
  expect(scene(files, 2).secret.derive('a')).toEqual(first);
  expect(scene(files, 2).secret.derive('b')).not.toEqual(first);
});

test('a damaged file is named with what follows from it, and replaced', () => {
  const files = new MemoryFiles();
  files.writeAtomic(file, 'damaged', 0o600);
  const { secret, lines } = scene(files);
  secret.derive('a');
  expect(lines.join()).toContain(`${file}: expected 64 hexadecimal digits; a new secret is made, and all is new`);
  expect(files.read(file)).toMatch(/^[0-9a-f]{64}\n$/);
});
