/** An index of a table: hears of each change of a value; `undefined` stands for absent. */
export interface Index<K, V> {
  changed(key: K, before: V | undefined, now: V | undefined): void;
}
