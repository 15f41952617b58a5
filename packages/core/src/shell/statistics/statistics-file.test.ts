/** ConnMan's statistics file, as its daemon lays it out on a 64-bit machine. */
import { noUsage } from '../../model/counter/usage';
import { appendTotals, noTotals, readTotals } from './statistics-file';

const usage = (n: number) => noUsage.map((_, i) => n + i);
const words = (bytes: Uint8Array, from: number, count: number) =>
  [...new Uint32Array(bytes.slice(from, from + 4 * count).buffer)].map(Number);

/** As connmand 1.41 wrote it after two readings at home, cut to four records. */
function connmansFile(): Uint8Array {
  const bytes = new Uint8Array(20 + 4 * 48);
  const view = new DataView(bytes.buffer);
  [0xfa00b916, 20, 20 + 96, 20 + 96, 0xffffffff].forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  view.setBigInt64(20 + 96, 1_700_000_000n, true);
  usage(100).forEach((value, i) => {
    view.setUint32(20 + 96 + 12 + 4 * i, value, true);
  });
  return bytes;
}

test('a new file has a page, and the totals behind the beginning of its ring', () => {
  const bytes = appendTotals(undefined, { home: usage(1), roaming: noUsage }, 1_700_000_000_500);
  expect(bytes).toHaveLength(4096);
  expect(words(bytes, 0, 5)).toEqual([0xfa00b916, 20, 68, 68, 0xffffffff]);
  expect(words(bytes, 68, 12)).toEqual([1_700_000_000, 0, 0, ...usage(1)]);
  expect(readTotals(bytes)).toEqual({ home: usage(1), roaming: noUsage });
});

test('ConnMan’s totals are read, and what it recorded stays', () => {
  const before = connmansFile();
  expect(readTotals(before)).toEqual({ home: usage(100), roaming: noUsage });
  const after = appendTotals(before, { home: usage(100), roaming: usage(7) }, 1_700_000_001_000);
  expect(words(after, 0, 5)).toEqual([0xfa00b916, 20, 20 + 144, 20 + 96, 20 + 144]);
  expect(after.slice(20 + 96, 20 + 144)).toEqual(before.slice(20 + 96, 20 + 144));
  expect(readTotals(after)).toEqual({ home: usage(100), roaming: usage(7) });
});

test('a full ring loses its oldest records and never its latest', () => {
  let bytes: Uint8Array | undefined = connmansFile();
  for (let n = 1; n <= 20; n++) {
    bytes = appendTotals(bytes, { home: usage(n), roaming: usage(1000 * n) }, n);
    expect(readTotals(bytes)).toEqual({ home: usage(n), roaming: usage(1000 * n) });
    expect(bytes).toHaveLength(20 + 4 * 48);
  }
});

test('totals that are the same are not recorded again', () => {
  const once = appendTotals(undefined, { home: usage(1), roaming: noUsage }, 5);
  expect(appendTotals(once, { home: usage(1.9), roaming: noUsage }, 9)).toEqual(once);
});

test('a file of another kind, cut or damaged, counts as none and is begun again', () => {
  const good = connmansFile();
  for (let length = 0; length < 116; length++) expect(readTotals(good.subarray(0, length))).toBeUndefined();
  for (let at = 0; at < 20; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const bad = good.slice();
      bad[at] = (bad[at] ?? 0) ^ (1 << bit);
      expect(() => readTotals(bad)).not.toThrow();
      expect(readTotals(appendTotals(bad, { ...noTotals, home: usage(3) }, 1))?.home).toEqual(usage(3));
    }
  }
});
