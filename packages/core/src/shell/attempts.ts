/** Acts on files that may fail without stopping the daemon: a failure is logged once, and again after one that succeeded. */
import { type Logger, OsError } from '@connman/base';

export class Attempts {
  private readonly log: Logger;
  private readonly consequence: string;
  private hasFailed = false;

  /** @param consequence what the failure means for the user; it stands behind the error in the log. */
  constructor(log: Logger, consequence: string) {
    this.log = log;
    this.consequence = consequence;
  }

  run(act: () => void): void {
    try {
      act();
      this.hasFailed = false;
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      if (this.hasFailed) return;
      this.hasFailed = true;
      this.log.warning(`${error.message}; ${this.consequence}`);
    }
  }
}
