/** Random numbers of the kernel's generator, without loading Node's crypto module. */
import type { Entropy } from '@connman/ports';
import { addon } from './addon';
import { must } from './calls';

/** What getrandom answers in one piece, whatever happens. */
const PIECE = 256;

function fill(bytes: Uint8Array): Uint8Array {
  for (let at = 0; at < bytes.length; ) {
    at += must(addon().getrandom(bytes.subarray(at, at + PIECE)), 'getrandom', 'the random generator');
  }
  return bytes;
}

export const kernelEntropy: Entropy = {
  bytes: (count) => fill(new Uint8Array(count)),
  uint32() {
    const [a, b, c, d] = fill(new Uint8Array(4)) as unknown as readonly [number, number, number, number];
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  },
};
