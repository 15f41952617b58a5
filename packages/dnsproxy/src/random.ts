/** Random numbers by the handful from one request to the system: an id and the letters' cases for each question. */
import type { Entropy } from '@connman/ports';

const poolBytes = 1024;

export class RandomPool {
  private readonly entropy: Entropy;
  private pool: Uint8Array = new Uint8Array(0);
  private at = 0;

  constructor(entropy: Entropy) {
    this.entropy = entropy;
  }

  uint8(): number {
    if (this.at >= this.pool.length) {
      this.pool = this.entropy.bytes(poolBytes);
      this.at = 0;
    }
    const value = this.pool[this.at] as number;
    // What was used is not kept where a later fault could show it.
    this.pool[this.at++] = 0;
    return value;
  }

  uint16(): number {
    return (this.uint8() << 8) | this.uint8();
  }
}
