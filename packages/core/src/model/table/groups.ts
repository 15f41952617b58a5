/** An index of a table: its values in groups, each in the order in which they came into it. */
import type { Index } from './table-index';

export class Groups<G, K, V> implements Index<K, V> {
  private readonly groups = new Map<G, Map<K, V>>();
  private readonly groupOf: (value: V) => G | undefined;

  constructor(groupOf: (value: V) => G | undefined) {
    this.groupOf = groupOf;
  }

  /** Empty if the group has none. A copy: it may be gone through while the table changes. */
  of(group: G): readonly V[] {
    const members = this.groups.get(group);
    return members ? [...members.values()] : [];
  }

  entries(group: G): readonly (readonly [K, V])[] {
    const members = this.groups.get(group);
    return members ? [...members] : [];
  }

  /** The one that came first. */
  first(group: G): V | undefined {
    return this.groups.get(group)?.values().next().value;
  }

  size(group: G): number {
    return this.groups.get(group)?.size ?? 0;
  }

  /** Those that are not empty. */
  names(): G[] {
    return [...this.groups.keys()];
  }

  changed(key: K, before: V | undefined, now: V | undefined): void {
    const from = before === undefined ? undefined : this.groupOf(before);
    const to = now === undefined ? undefined : this.groupOf(now);
    if (from !== undefined && from !== to) {
      const left = this.groups.get(from);
      left?.delete(key);
      if (left?.size === 0) this.groups.delete(from);
    }
    if (to === undefined || now === undefined) return;
    const members = this.groups.get(to);
    if (members) members.set(key, now);
    else this.groups.set(to, new Map([[key, now]]));
  }
}
