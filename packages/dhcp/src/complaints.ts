/** Which complaints about peers are worth a line of the log: new ones, and not too many of them. */
import type { Instant } from '@connman/base';

const memoryMs = 3_600_000;
/** Different complaints in that time; a peer that invents new mistakes gets no more lines than this. */
const mostInMemory = 20;

export class Complaints {
  private readonly said = new Set<string>();
  private since = Number.NEGATIVE_INFINITY;

  allows(text: string, now: Instant): boolean {
    if (now - this.since >= memoryMs) {
      this.said.clear();
      this.since = now;
    }
    if (this.said.has(text) || this.said.size >= mostInMemory) return false;
    this.said.add(text);
    return true;
  }
}
