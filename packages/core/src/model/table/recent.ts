/**
 * What changed lately: in the turn before this one, or in this one so far. A stage that looks at nothing else misses nothing: what
 * a later stage changes after it has run is still there in the next turn.
 */
export class Recent<K> {
  private fresh = new Set<K>();
  private former = new Set<K>();

  add(key: K): void {
    this.fresh.add(key);
  }

  /** A turn begins. */
  turn(): void {
    [this.former, this.fresh] = [this.fresh, this.former];
    this.fresh.clear();
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
    return { fresh: [...this.fresh], former: [...this.former] };
  }
}
