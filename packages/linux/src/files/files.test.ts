import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { childProgram } from '../../test/child';
import { rooted } from '../../test/whole-root';
import { diskFiles } from './files';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), 'files-test-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

test('a file is written with exactly its mode, whatever the umask, and nothing is left beside it', () => {
  const file = path.join(folder, 'settings');
  const before = process.umask(0o077);
  diskFiles.writeAtomic(file, 'one', 0o644);
  process.umask(before);
  diskFiles.writeAtomic(file, 'two', 0o644);
  expect(diskFiles.read(file)).toBe('two');
  expect(diskFiles.status(file)).toEqual({ kind: 'file', mode: 0o644 });
  expect(diskFiles.list(folder)).toEqual(['settings']);
});

test('missing folders are made for the owner alone', () => {
  const file = path.join(folder, 'a/b/c');
  diskFiles.writeAtomic(file, 'x', 0o600);
  expect(diskFiles.status(path.join(folder, 'a'))).toEqual({ kind: 'folder', mode: 0o700 });
  expect(diskFiles.status(path.join(folder, 'a/b'))).toEqual({ kind: 'folder', mode: 0o700 });
  expect(diskFiles.read(file)).toBe('x');
});

test('a link is replaced by a file and its target left alone', () => {
  const target = path.join(folder, 'target');
  const link = path.join(folder, 'link');
  fs.writeFileSync(target, 'old');
  fs.symlinkSync('target', link);
  expect(diskFiles.status(link)?.kind).toBe('link');
  expect(diskFiles.readLink(link)).toBe('target');
  diskFiles.writeAtomic(link, 'new');
  expect(diskFiles.read(target)).toBe('old');
  expect(diskFiles.status(link)?.kind).toBe('file');
});

test('what is not there reads as undefined, lists as nothing, and is fine to remove', () => {
  const absent = path.join(folder, 'absent');
  expect(diskFiles.read(absent)).toBeUndefined();
  expect(diskFiles.readBytes(path.join(absent, 'deeper'))).toBeUndefined();
  expect(diskFiles.list(absent)).toEqual([]);
  expect(diskFiles.status(absent)).toBeUndefined();
  expect(diskFiles.readLink(absent)).toBeUndefined();
  expect(diskFiles.readLink(folder)).toBeUndefined();
  expect(() => diskFiles.remove(absent)).not.toThrow();
  expect(() => diskFiles.writeInPlace(absent, 'x')).toThrow(`${absent}: open failed: ENOENT`);
});

test('any other fault is an OsError with call, errno and path', () => {
  expect(() => diskFiles.read(folder)).toThrow(`${folder}: read failed: EISDIR`);
  expect(() => diskFiles.writeAtomic(folder, 'x')).toThrow(`${folder}: rename failed: EISDIR`);
  expect(fs.readdirSync(path.dirname(folder))).not.toContain(`.${path.basename(folder)}.new`);
});

rooted('a file that something is mounted on refuses to be replaced with EBUSY and can be written in place', () => {
  const program = childProgram(`
    import { diskFiles } from './index';
    const [file] = process.argv.slice(2);
    try {
      diskFiles.writeAtomic(file, 'replaced');
    } catch (error) {
      console.log(error.code);
    }
    diskFiles.writeInPlace(file, 'in place');
    console.log(diskFiles.read(file));
  `);
  const file = path.join(folder, 'file');
  const other = path.join(folder, 'other');
  fs.writeFileSync(file, 'under the mount');
  fs.writeFileSync(other, 'a longer text than the one to come');
  const script = 'mount --bind "$1" "$2" && exec "$3" "$4" "$2"';
  const output = execFileSync(
    'unshare',
    ['-m', 'sh', '-c', script, 'sh', other, file, process.execPath, program.file],
    { encoding: 'utf8' },
  );
  program.remove();
  expect(output).toBe('EBUSY\nin place\n');
  expect(fs.readFileSync(other, 'utf8')).toBe('in place');
});

test('a program killed before any of its file calls leaves the old content or the new, and the next write is whole', () => {
  // Each call into the file system may be the last one.
  const program = childProgram(`
    import fs from 'node:fs';
    const [file, last] = process.argv.slice(2);
    let count = 0;
    for (const name of ['openSync', 'writeFileSync', 'fchmodSync', 'fsyncSync', 'closeSync', 'renameSync', 'unlinkSync']) {
      const real = fs[name];
      fs[name] = (...args) => {
        if (count++ === Number(last)) process.kill(process.pid, 'SIGKILL');
        return real(...args);
      };
    }
    const { diskFiles } = require('./files/files');
    diskFiles.writeAtomic(file, 'new '.repeat(5000));
  `);
  const file = path.join(folder, 'settings');
  const outcomes: string[] = [];
  for (let last = 0, finished = false; !finished; last++) {
    fs.writeFileSync(file, 'old');
    const { status, signal } = program.run(file, String(last));
    finished = status === 0;
    if (!finished) expect(signal).toBe('SIGKILL');
    outcomes.push(fs.readFileSync(file, 'utf8').slice(0, 3));
    diskFiles.writeAtomic(file, 'whole');
    expect(fs.readdirSync(folder)).toEqual(['settings']);
  }
  program.remove();
  expect(outcomes.length).toBeGreaterThan(7);
  expect(outcomes.join(' ')).toMatch(/^(old )+new( new)*$/);
});

test('a fifo, a device, a folder or a file of more than 1 MiB is refused at once', () => {
  const at = (name: string) => path.join(folder, name);
  execFileSync('mkfifo', [at('fifo')]);
  fs.mkdirSync(at('folder'));
  fs.writeFileSync(at('large'), '');
  fs.truncateSync(at('large'), 1024 * 1024 + 1);
  expect(() => diskFiles.read(at('fifo'))).toThrow(/EINVAL \(not a regular file\)/);
  expect(() => diskFiles.read('/dev/zero')).toThrow(/EINVAL \(not a regular file\)/);
  expect(() => diskFiles.read(at('folder'))).toThrow(/EISDIR/);
  expect(() => diskFiles.readBytes(at('large'))).toThrow(/EFBIG \(larger than 1048576 bytes\)/);
});
