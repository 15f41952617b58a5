/** What was asked of something that stands in for a component, in order. */
export class Notes {
  readonly noted: unknown[] = [];
  private waiting: { count: number; done: () => void } | undefined;

  protected note(what: unknown): void {
    this.noted.push(what);
    if (this.waiting && this.noted.length >= this.waiting.count) this.waiting.done();
  }

  /** Settles when so many things have been asked. */
  async times(count: number): Promise<readonly unknown[]> {
    if (this.noted.length < count) {
      await new Promise<void>((done) => {
        this.waiting = { count, done };
      });
    }
    return this.noted;
  }
}
