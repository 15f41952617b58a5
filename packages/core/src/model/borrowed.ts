/** Values of the machine that are ours for a while: what each was before, and what we made of it. */
export interface Borrowed<T> {
  readonly before: T;
  readonly ours: T;
}

/** What a former run of this boot has borrowed and not given back. */
export interface FormerlyBorrowed {
  /** By ifindex. */
  readonly mtus: readonly (readonly [number, Borrowed<number>])[];
  /** Paths under /proc/sys. */
  readonly sysctls: readonly string[];
}

export const nothingBorrowed: FormerlyBorrowed = { mtus: [], sysctls: [] };
