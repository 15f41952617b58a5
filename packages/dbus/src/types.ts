/**
 * What a D-Bus type is in TypeScript, worked out by the compiler from the signature's text: a wrong handler or a wrong
 * argument does not compile.
 *
 * | D-Bus | read as | written from |
 * |---|---|---|
 * | y n q i u d | number | number |
 * | x t | bigint | bigint |
 * | b | boolean | boolean |
 * | s o g | string | string |
 * | h | number, an open file descriptor | the same |
 * | v | Variant | Variant |
 * | ay | Uint8Array | Uint8Array |
 * | aT | array | readonly array |
 * | a{KV} | Map | Map, or a plain object if the key is text |
 * | (...) | tuple | readonly tuple |
 */
import type { Variant } from './variant';

interface BasicTypes {
  y: number;
  b: boolean;
  n: number;
  q: number;
  i: number;
  u: number;
  x: bigint;
  t: bigint;
  d: number;
  s: string;
  o: string;
  g: string;
  h: number;
  v: Variant;
}

export type Direction = 'read' | 'write';

type Dict<K, V, D extends Direction> = D extends 'read'
  ? Map<K, V>
  : ReadonlyMap<K, V> | (K extends string ? Readonly<Record<string, V>> : never);

type List<T, D extends Direction> = D extends 'read' ? T[] : readonly T[];

/** The first complete type of S and what follows it. */
type First<S extends string, D extends Direction> = S extends `ay${infer Rest}`
  ? [Uint8Array, Rest]
  : S extends `a{${infer K}${infer Tail}`
    ? K extends keyof BasicTypes
      ? First<Tail, D> extends [infer V, `}${infer Rest}`]
        ? [Dict<BasicTypes[K], V, D>, Rest]
        : never
      : never
    : S extends `a${infer Tail}`
      ? First<Tail, D> extends [infer T, infer Rest]
        ? [List<T, D>, Rest]
        : never
      : S extends `(${infer Tail}`
        ? Members<Tail, D, []>
        : S extends `${infer C}${infer Rest}`
          ? C extends keyof BasicTypes
            ? [BasicTypes[C], Rest]
            : never
          : never;

type Members<S extends string, D extends Direction, Done extends unknown[]> = S extends `)${infer Rest}`
  ? [D extends 'read' ? Done : Readonly<Done>, Rest]
  : First<S, D> extends [infer T, infer Rest extends string]
    ? Members<Rest, D, [...Done, T]>
    : never;

/** The value of one complete type. Any text that is not a literal gives `unknown`. */
export type ValueOf<S extends string, D extends Direction = 'read'> = string extends S
  ? unknown
  : First<S, D> extends [infer T, '']
    ? T
    : never;

type TypePart<Argument extends string> = Argument extends `${infer Signature} ${string}` ? Signature : Argument;

/** The values of an argument list written as `s name, v value`. */
export type ArgsOf<List extends string, D extends Direction = 'read'> = string extends List
  ? unknown[]
  : List extends ''
    ? []
    : List extends `${infer Head}, ${infer Tail}`
      ? [ValueOf<TypePart<Head>, D>, ...ArgsOf<Tail, D>]
      : [ValueOf<TypePart<List>, D>];

/** What a method gives back: nothing, its one value, or a tuple of its values. */
export type AnswerOf<List extends string, D extends Direction> = string extends List
  ? unknown
  : ArgsOf<List, D> extends []
    ? // biome-ignore lint/suspicious/noConfusingVoidType: a handler without results may end without `return`
      void
    : ArgsOf<List, D> extends [infer Only]
      ? Only
      : D extends 'read'
        ? ArgsOf<List, D>
        : Readonly<ArgsOf<List, D>>;
