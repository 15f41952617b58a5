/**
 * A map with indexes. What a stage wants to know of many things (which are connected, which by this link, which is due next) is
 * an index that is kept as values are put in and taken out, so that a turn costs what has changed and not what exists.
 */
import type { Instant } from '@connman/base';
import { Agenda } from './agenda';
import { Groups } from './groups';
import type { Index } from './table-index';

export class Table<K, V> extends Map<K, V> {
  private readonly indexes: Index<K, V>[] = [];

  /** The values by something they have; those without it are in no group. */
  groupBy<G>(groupOf: (value: V) => G | undefined): Groups<G, K, V> {
    return this.add(new Groups<G, K, V>(groupOf));
  }

  /** The values by the moment at which they have something to do; those without one wait for nothing. */
  agendaBy(momentOf: (value: V) => Instant | undefined): Agenda<K, V> {
    return this.add(new Agenda<K, V>(momentOf));
  }

  /** Calls back on each change. */
  onChange(changed: Index<K, V>['changed']): void {
    this.add({ changed });
  }

  /** A value that is there already is no change. */
  override set(key: K, value: V): this {
    const before = this.get(key);
    if (before === value) return this;
    super.set(key, value);
    for (const index of this.indexes) index.changed(key, before, value);
    return this;
  }

  override delete(key: K): boolean {
    const before = this.get(key);
    if (!super.delete(key)) return false;
    for (const index of this.indexes) index.changed(key, before, undefined);
    return true;
  }

  override clear(): void {
    for (const key of [...this.keys()]) this.delete(key);
  }

  private add<I extends Index<K, V>>(index: I): I {
    if (this.size > 0) throw new Error('an index is made before the table has values');
    this.indexes.push(index);
    return index;
  }
}
