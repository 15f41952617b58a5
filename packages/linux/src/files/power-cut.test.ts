/**
 * What a power cut may leave of an atomic write, worked out from the system calls it makes.
 *
 * A kill leaves everything that was written; a power cut does not. So the calls are recorded, and after each of them every
 * state the disk may be in is looked at: content that was not synced may be missing, cut short or whole, and each change of
 * a folder that was not synced may have happened or not, in any combination.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { diskFiles } from './files';

type Step =
  /** A name in a folder now stands for this file or folder, or for nothing. */
  | { readonly kind: 'entries'; readonly changes: readonly (readonly [name: string, node: number | undefined])[] }
  | { readonly kind: 'content'; readonly node: number; readonly text: string }
  | { readonly kind: 'sync file'; readonly node: number }
  | { readonly kind: 'sync folder'; readonly folder: string };

const oldText = 'the old content';
const newText = 'the new content, which is longer';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), 'power-cut-test-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

/** Runs the write with each of its calls recorded. */
function record(write: () => void): Step[] {
  const steps: Step[] = [];
  const openFiles = new Map<number, number>();
  const openFolders = new Map<number, string>();
  const nodes = new Map<string, number>();
  const real = { ...fs };
  jest.spyOn(fs, 'openSync').mockImplementation((name, flags, mode) => {
    const fd = real.openSync(name, flags, mode);
    const { ino } = real.fstatSync(fd);
    if (flags === 'r') openFolders.set(fd, String(name));
    else {
      openFiles.set(fd, ino);
      nodes.set(String(name), ino);
      steps.push({ kind: 'entries', changes: [[String(name), ino]] });
    }
    return fd;
  });
  jest.spyOn(fs, 'writeFileSync').mockImplementation((fd, data) => {
    real.writeFileSync(fd, data);
    steps.push({ kind: 'content', node: openFiles.get(fd as number) ?? 0, text: String(data) });
  });
  jest.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
    real.fsyncSync(fd);
    const name = openFolders.get(fd);
    steps.push(
      name === undefined ? { kind: 'sync file', node: openFiles.get(fd) ?? 0 } : { kind: 'sync folder', folder: name },
    );
  });
  jest.spyOn(fs, 'closeSync').mockImplementation((fd) => {
    openFiles.delete(fd);
    openFolders.delete(fd);
    real.closeSync(fd);
  });
  jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    real.renameSync(from, to);
    const moved = nodes.get(String(from));
    steps.push({
      kind: 'entries',
      changes: [
        [String(to), moved],
        [String(from), undefined],
      ],
    });
  });
  jest.spyOn(fs, 'unlinkSync').mockImplementation((name) => {
    real.unlinkSync(name);
    steps.push({ kind: 'entries', changes: [[String(name), undefined]] });
  });
  jest.spyOn(fs, 'mkdirSync').mockImplementation((name, mode) => {
    real.mkdirSync(name, mode);
    steps.push({ kind: 'entries', changes: [[String(name), real.statSync(name).ino]] });
    return undefined;
  });
  write();
  return steps;
}

/** What may be read of `file` when the power goes after these steps; undefined stands for no file. */
function readable(file: string, before: string | undefined, steps: readonly Step[]): Set<string | undefined> {
  const original = 0;
  const synced = new Map<number, string>([[original, before ?? '']]);
  const unsynced = new Map<number, string>();
  const durable = new Map<string, number>(before === undefined ? [] : [[file, original]]);
  let pending: Extract<Step, { kind: 'entries' }>[] = [];
  for (const step of steps) {
    if (step.kind === 'entries') pending.push(step);
    else if (step.kind === 'content') unsynced.set(step.node, step.text);
    else if (step.kind === 'sync file') {
      synced.set(step.node, unsynced.get(step.node) ?? '');
      unsynced.delete(step.node);
    } else {
      const inside = (one: (typeof pending)[number]) =>
        one.changes.every(([name]) => path.dirname(name) === step.folder);
      for (const one of pending.filter(inside)) apply(durable, one);
      pending = pending.filter((one) => !inside(one));
    }
  }
  const made = steps.flatMap((step) => (step.kind === 'entries' ? step.changes.map(([name]) => name) : []));
  const folders = made.filter((name) => file.startsWith(`${name}/`));
  const texts = new Set<string | undefined>();
  for (let subset = 0; subset < 2 ** pending.length; subset++) {
    const entries = new Map(durable);
    pending.forEach((one, i) => {
      if ((subset >> i) & 1) apply(entries, one);
    });
    const node = folders.every((name) => entries.has(name)) ? entries.get(file) : undefined;
    if (node === undefined) {
      texts.add(undefined);
      continue;
    }
    const text = unsynced.get(node);
    if (text === undefined) texts.add(synced.get(node) ?? '');
    else for (const length of [0, text.length >> 1, text.length]) texts.add(text.slice(0, length));
  }
  return texts;
}

function apply(entries: Map<string, number>, step: Extract<Step, { kind: 'entries' }>): void {
  for (const [name, node] of step.changes) {
    if (node === undefined) entries.delete(name);
    else entries.set(name, node);
  }
}

function afterEachCall(file: string, before: string | undefined, steps: readonly Step[]) {
  return steps.map((_, i) => readable(file, before, steps.slice(0, i + 1)));
}

test('the old content or the new is there at any moment, and the new one once the write has returned', () => {
  const file = path.join(folder, 'settings');
  fs.writeFileSync(file, oldText);
  const steps = record(() => diskFiles.writeAtomic(file, newText));
  const states = afterEachCall(file, oldText, steps);
  for (const texts of states) for (const text of texts) expect([oldText, newText]).toContain(text);
  expect(states.at(-1)).toEqual(new Set([newText]));
});

test('what an earlier power cut left beside the file does no harm', () => {
  const file = path.join(folder, 'settings');
  fs.writeFileSync(file, oldText);
  fs.writeFileSync(path.join(folder, '.settings.new'), 'half of som');
  const states = afterEachCall(
    file,
    oldText,
    record(() => diskFiles.writeAtomic(file, newText)),
  );
  for (const texts of states) for (const text of texts) expect([oldText, newText]).toContain(text);
  expect(states.at(-1)).toEqual(new Set([newText]));
});

test('a first write leaves nothing or the whole, in folders that are there for good once it has returned', () => {
  const file = path.join(folder, 'connman/ethernet_1_cable/settings');
  const states = afterEachCall(
    file,
    undefined,
    record(() => diskFiles.writeAtomic(file, newText)),
  );
  for (const texts of states) for (const text of texts) expect([undefined, newText]).toContain(text);
  expect(states.at(-1)).toEqual(new Set([newText]));
});

test('this test would see a write without its syncs', () => {
  const file = path.join(folder, 'settings');
  fs.writeFileSync(file, oldText);
  const steps = record(() => diskFiles.writeAtomic(file, newText));
  const without = (kind: Step['kind']) =>
    afterEachCall(
      file,
      oldText,
      steps.filter((step) => step.kind !== kind),
    );
  expect(without('sync file').some((texts) => texts.has(''))).toBe(true);
  expect(without('sync folder').at(-1)).toEqual(new Set([oldText, newText]));
});
