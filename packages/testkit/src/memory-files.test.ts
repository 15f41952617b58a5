import { MemoryFiles } from './memory-files';

test('what was written is read, listed and removed', () => {
  const files = new MemoryFiles();
  files.writeAtomic('/a/b/c', 'text', 0o600);
  expect(files.read('/a/b/c')).toBe('text');
  expect(files.status('/a/b/c')).toEqual({ kind: 'file', mode: 0o600 });
  expect(files.list('/a')).toEqual(['b']);
  files.remove('/a/b');
  expect(files.read('/a/b/c')).toBeUndefined();
  expect(files.list('/')).toEqual(['a']);
});

test('links are followed when reading and replaced when writing', () => {
  const files = new MemoryFiles().putFile('/run/real', 'one').putLink('/etc/name', '../run/real').putLink('/e', 'etc');
  expect(files.read('/e/name')).toBe('one');
  expect(files.readLink('/e/name')).toBe('../run/real');
  files.writeInPlace('/e/name', 'two');
  expect(files.read('/run/real')).toBe('two');
  files.writeAtomic('/e/name', 'three');
  expect(files.read('/run/real')).toBe('two');
  expect(files.status('/etc/name')?.kind).toBe('file');
});

test('a mount point is written in place only, a loop of links is refused, a fault is thrown', () => {
  const files = new MemoryFiles().putFile('/m', '1').putLink('/x', '/y').putLink('/y', '/x');
  files.mountPoints.add('/m');
  expect(() => files.writeAtomic('/m', '2')).toThrow('EBUSY');
  files.writeInPlace('/m', '2');
  expect(files.read('/m')).toBe('2');
  expect(() => files.read('/x')).toThrow('ELOOP');
  files.fault = (call) => (call === 'list' ? 13 : undefined);
  expect(() => files.list('/')).toThrow('EACCES');
});
