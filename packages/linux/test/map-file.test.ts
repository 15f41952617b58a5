import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { addon } from '../src/addon';

const folder = mkdtempSync(path.join(tmpdir(), 'map-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = path.join(folder, 'program.js');
  writeFileSync(file, text, 'latin1');
  return file;
}

test('the text of a program is what reading its file gives, byte for byte', () => {
  const file = fileOf(`${Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('')}\n`.repeat(40));
  const text = addon().mapText(file);
  expect(text).toBe(readFileSync(file, 'latin1'));
});

test('a program that was replaced by a rename goes on from the text it has mapped', () => {
  const file = fileOf('(function () { return "old"; })');
  const text = addon().mapText(file);
  rmSync(file);
  fileOf('(function () { return "new"; })');
  expect(text).toBe('(function () { return "old"; })');
});

test('what cannot be mapped is undefined, and the launcher reads it', () => {
  expect(addon().mapText(path.join(folder, 'missing.js'))).toBeUndefined();
  expect(addon().mapText(fileOf(''))).toBeUndefined();
  expect(addon().mapText(folder)).toBeUndefined();
  expect(addon().mapText('x'.repeat(5000))).toBeUndefined();
});

test('compiled code is what its file holds, and writing to it does not change the file', () => {
  const file = fileOf('code'.repeat(3000));
  const bytes = Buffer.from(addon().mapBytes(file) as ArrayBuffer);
  expect(bytes.equals(readFileSync(file))).toBe(true);
  bytes.fill(0);
  expect(readFileSync(file, 'latin1')).toBe('code'.repeat(3000));
  expect(addon().mapBytes(path.join(folder, 'missing.code'))).toBeUndefined();
  expect(addon().mapBytes(fileOf(''))).toBeUndefined();
});
