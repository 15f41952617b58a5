import { silentLogger } from '@connman/base';
import { MemoryFiles } from '@connman/testkit';
import { UniqueLocalFile } from './unique-local-file';

const file = '/var/lib/connman/tether-prefix';

function bench(files = new MemoryFiles().putFolder('/var/lib/connman')) {
  let last = 0;
  const entropy = { uint32: () => (last += 0x12345678), bytes: (count: number) => new Uint8Array(count) };
  return { files, keeper: new UniqueLocalFile({ files, entropy, file, log: silentLogger }) };
}

test('a prefix of fd00::/8 is drawn, and the same once it was kept (RFC 4193 section 3.2)', () => {
  const { files, keeper } = bench();
  const prefix = keeper.read();
  expect(prefix).toMatch(/^fd[0-9a-f]{2}:[0-9a-f]{1,4}:[0-9a-f]{1,4}::$/);
  expect(keeper.read()).not.toBe(prefix);
  keeper.keep(prefix);
  expect(bench(files).keeper.read()).toBe(prefix);
});

test.each(['', 'fd01::/64', '2001:db8::/48', 'fc01::/48', '10.0.0.0/8', 'fd01::1::/48'])(
  'a file of "%s" counts for nothing',
  (text) => {
    const { files, keeper } = bench();
    files.writeAtomic(file, text, 0o600);
    expect(keeper.read()).toMatch(/^fd[0-9a-f]{2}:[0-9a-f]{1,4}:[0-9a-f]{1,4}::$/);
    expect(files.read(file)).toBe(text);
  },
);
