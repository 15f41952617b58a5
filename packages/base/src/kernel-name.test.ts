import { decodeKernelName, encodeKernelName } from './kernel-name';
import { oneLine } from './logger';

test.each([
  ['eth0', 'eth0'],
  ['ü-länd', 'ü-länd'],
  ['日本', '日本'],
])('%s is read as it is written', (name, expected) => {
  const bytes = new TextEncoder().encode(name);
  expect(decodeKernelName(bytes)).toBe(expected);
  expect(encodeKernelName(expected)).toEqual(bytes);
});

test('every name of one to three bytes comes back byte for byte', () => {
  for (let first = 1; first < 256; first++) {
    for (const rest of [[], [0x61], [0x80], [0xbf, 0xbf], [0xc3, 0x28], [0xff, 0x00]]) {
      const bytes = Uint8Array.from([first, ...rest]);
      expect(encodeKernelName(decodeKernelName(bytes))).toEqual(bytes);
    }
  }
});

test('bytes that are no text, and control characters, are written out in a line of the log', () => {
  expect(oneLine(`${decodeKernelName(Uint8Array.from([0x65, 0xe4, 0x1b]))}: managed`)).toBe('e\\xe4\\x1b: managed');
  expect(oneLine('\ud83d\udca9 ü')).toBe('\ud83d\udca9 ü');
});
