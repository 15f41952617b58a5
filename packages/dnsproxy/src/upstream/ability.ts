/** Something a server may be unable to do: then it is spared that for a while, and tried with it again. */
import { after, type Instant, instant } from '@connman/base';

/** One odd name or lost packet is no proof against a server that has shown it is able, nor is silence against any. */
const strikesNeeded = 3;
/** What fails in the same moment has one cause. */
const strikeSpacingMs = 1000;

export class Ability {
  /** It was seen to be able, and nothing has spoken against it since. */
  isProven = false;
  private readonly retryMs: number;
  private missingUntil: Instant = instant(0);
  private strikes = 0;
  private struckAt: Instant = instant(-strikeSpacingMs);

  /** `retryMs`: how long it is spared. */
  constructor(retryMs: number) {
    this.retryMs = retryMs;
  }

  /** Whether to rely on it now. */
  isUsable(now: Instant): boolean {
    return now >= this.missingUntil;
  }

  proven(): void {
    this.isProven = true;
    this.strikes = 0;
  }

  /** Without it the server does what it did not do with it. */
  failed(now: Instant): void {
    if (this.isProven) this.suspected(now);
    else this.missing(now);
  }

  /** The same after a silence, which may have other reasons. */
  suspected(now: Instant): void {
    if (now - this.struckAt < strikeSpacingMs) return;
    this.struckAt = now;
    this.strikes++;
    if (this.strikes >= strikesNeeded) this.missing(now);
  }

  /** Beyond doubt. */
  missing(now: Instant): void {
    this.isProven = false;
    this.strikes = 0;
    this.missingUntil = after(now, this.retryMs);
  }
}
