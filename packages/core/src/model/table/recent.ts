/**
 * What changed lately: in the turn before this one, or in this one so far. A stage that looks at nothing else misses nothing: what
 * a later stage changes after it has run is still there in the next turn. While turns leave stages out (flow.ts), it is kept until
 * those have run.
 */
export class Recent<K> {
  private fresh = new Set<K>();
  private former = new Set<K>();
  /** Of the turns before this one, from the last in which all stages ran. */
  private readonly kept = new Set<K>();
  /** So many of them are of that turn itself. */
  private seen = 0;

  add(key: K): void {
    this.fresh.add(key);
  }

  /** A turn begins; in the one before it all stages ran, or not. */
  turn(allRan = true): void {
    if (allRan) {
      this.kept.clear();
      this.seen = this.fresh.size;
    }
    for (const key of this.fresh) this.kept.add(key);
    [this.former, this.fresh] = [this.fresh, this.former];
    this.fresh.clear();
  }

  /** All stages run in this turn. */
  recall(): void {
    for (const key of this.kept) this.former.add(key);
  }

  /** About so many have changed since all stages ran. */
  get unseen(): number {
    return this.kept.size - this.seen + this.fresh.size;
  }

  get isEmpty(): boolean {
    return this.fresh.size === 0 && this.former.size === 0;
  }

  /** Each once; a copy: it may be gone through while more is added. */
  keys(): K[] {
    const keys = [...this.former];
    for (const key of this.fresh) if (!this.former.has(key)) keys.push(key);
    return keys;
  }

  toJSON(): unknown {
    return { fresh: [...this.fresh], former: [...this.former], kept: [...this.kept] };
  }
}
