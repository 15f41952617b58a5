/** An event of a machine before its port adds the moment, and a random number where it takes one. */
export type Untimed<E> = E extends unknown ? Omit<E, 'now' | 'random'> : never;
