// A record of things that happen, which can be waited on: the reason why nothing in the laboratory sleeps or polls.

/** How long a wait may last before the test is told what did happen instead. A guard, never a pace. */
const DEADLINE_MS = 10_000;

export class EventRecord<T> {
  readonly items: T[] = [];
  readonly #describe: (item: T) => string;
  readonly #followers: ((item: T) => void)[] = [];
  #wake: (() => void)[] = [];

  constructor(describe: (item: T) => string = String) {
    this.#describe = describe;
  }

  add(item: T): void {
    this.items.push(item);
    for (const follower of this.#followers) follower(item);
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  /** Calls `follower` with every item from now on. */
  follow(follower: (item: T) => void): void {
    this.#followers.push(follower);
  }

  /**
   * Looks now, and again after every new item, until `look` answers something other than undefined or false.
   * @throws Error naming `what`, with the last items, when `deadlineMs` have passed.
   */
  async until<R>(what: string, look: () => R | Promise<R>, deadlineMs = DEADLINE_MS): Promise<NonNullable<R>> {
    let expired = false;
    let rouse: () => void = () => undefined;
    const guard = setTimeout(() => {
      expired = true;
      rouse();
    }, deadlineMs);
    try {
      for (;;) {
        const next = new Promise<void>((resolve) => {
          rouse = resolve;
          this.#wake.push(resolve);
        });
        const answer = await look();
        if (answer !== undefined && answer !== null && answer !== false) return answer;
        if (expired)
          throw new Error(`waited ${deadlineMs} ms in vain for ${what}; the last events were\n${this.tail()}`);
        await next;
      }
    } finally {
      clearTimeout(guard);
    }
  }

  tail(count = 25): string {
    return this.items
      .slice(-count)
      .map((item) => `  ${this.#describe(item)}`)
      .join('\n');
  }
}
