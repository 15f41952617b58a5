/** What another program refuses, in the log: once as long as it goes on refusing, and once when that is over. */
import type { Logger } from '@connman/base';

export class Refusals {
  private readonly program: string;
  private readonly log: Logger;
  /** The last word on what is still refused. */
  private readonly standing = new Map<string, string>();

  constructor(program: string, log: Logger) {
    this.program = program;
    this.log = log;
  }

  /**
   * @param subject whose it is, as the user knows it
   * @param what was asked for
   * @param advice what to do next
   */
  refused(subject: string, what: string, error: unknown, advice: string): void {
    const reason = error instanceof Error ? error.message : String(error);
    const text = `${subject}: ${this.program} refuses ${what}: ${reason}; ${advice}`;
    if (this.standing.get(`${subject} ${what}`) === text) return;
    this.standing.set(`${subject} ${what}`, text);
    this.log.warning(text);
  }

  granted(subject: string, what: string): void {
    if (this.standing.delete(`${subject} ${what}`)) this.log.info(`${subject}: ${this.program} accepts ${what}`);
  }
}
