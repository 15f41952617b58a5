import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { addon, load } from './addon';

const EBADF = 9;
const EINVAL = 22;

test('a missing addon is one clear error that says how to build it', () => {
  expect(() => load(['/nowhere/linux.node', '/elsewhere/linux.node'])).toThrow(
    'the native addon linux.node is missing (looked for /nowhere/linux.node, /elsewhere/linux.node): ' +
      'build it with "node packages/linux/build.mjs"',
  );
});

test('an addon that is none is one clear error too', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'addon-'));
  const file = path.join(folder, 'linux.node');
  writeFileSync(file, 'not a library');
  expect(() => load([file])).toThrow(
    new RegExp(`^the native addon ${file} cannot be loaded \\(.*\\): build it again on this machine`),
  );
  rmSync(folder, { recursive: true });
});

test('a build without a compiler says what to install and leaves the old addon alone', () => {
  const output = path.join(__dirname, '../dist/linux.node');
  const before = statSync(output).mtimeMs;
  const { status, stderr } = spawnSync(process.execPath, [path.join(__dirname, '../build.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, CC: '/nowhere/cc' },
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^packages\/linux: \/nowhere\/cc could not be run: .*Install a C compiler/);
  expect(existsSync(output)).toBe(true);
  expect(statSync(output).mtimeMs).toBe(before);
});

test('calls answer minus their errno, and senseless arguments are an errno too', () => {
  const native = addon();
  const bytes = new Uint8Array(8);
  expect(native.close(-1)).toBe(-EBADF);
  expect(native.recv(-1, bytes, 0)).toBe(-EBADF);
  expect(native.recvPacket(-1, bytes, bytes, new Uint32Array(0))).toBe(-EINVAL);
  expect(native.recvDescriptors(-1, bytes, new Int32Array(1))).toBe(-EINVAL);
  expect(native.watchStart(-1, 1, () => {})).toBe(-EBADF);
  const foreign = {} as Parameters<typeof native.watchClose>[0];
  expect(native.watchClose(foreign)).toBe(-EBADF);
  expect(native.watchSet(foreign, 1)).toBe(-EBADF);
});

test('a batch whose tables point outside its bytes is refused before anything is read or sent', () => {
  const native = addon();
  const tables = (offset: number, length: number) =>
    [new Uint8Array(100), Uint32Array.of(offset), Uint32Array.of(length), new Uint8Array(28)] as const;
  for (const [offset, length] of [
    [0, 101],
    [100, 1],
    [0xffffffff, 0xffffffff],
  ] as const) {
    expect(native.recvmmsg(0, ...tables(offset, length))).toBe(-EINVAL);
    expect(native.sendmmsg(0, ...tables(offset, length), 1)).toBe(-EINVAL);
  }
  expect(native.sendmmsg(0, ...tables(0, 1), (1 << 16) | 1)).toBe(-EINVAL);
});
