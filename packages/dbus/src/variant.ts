/** A value that carries its own type, and short ways to write one. */
import type { ValueOf } from './types';

export class Variant {
  readonly signature: string;
  readonly value: unknown;

  constructor(signature: string, value: unknown) {
    this.signature = signature;
    this.value = value;
  }

  /** The value if it has this type, else undefined: the way to read a variant that a peer sent. */
  as<const S extends string>(signature: S): ValueOf<S> | undefined {
    return this.signature === signature ? (this.value as ValueOf<S>) : undefined;
  }
}

/** A variant of any type: `variant('a{ss}', { a: 'b' })`. */
export function variant<const S extends string>(signature: S, value: ValueOf<S, 'write'>): Variant {
  return new Variant(signature, value);
}

export const str = (value: string): Variant => new Variant('s', value);
export const bool = (value: boolean): Variant => new Variant('b', value);
export const byte = (value: number): Variant => new Variant('y', value);
export const int16 = (value: number): Variant => new Variant('n', value);
export const uint16 = (value: number): Variant => new Variant('q', value);
export const int32 = (value: number): Variant => new Variant('i', value);
export const uint32 = (value: number): Variant => new Variant('u', value);
export const int64 = (value: bigint): Variant => new Variant('x', value);
export const uint64 = (value: bigint): Variant => new Variant('t', value);
export const double = (value: number): Variant => new Variant('d', value);
export const objectPath = (value: string): Variant => new Variant('o', value);
/** `as` */
export const strings = (value: readonly string[]): Variant => new Variant('as', value);
/** `ay` */
export const bytes = (value: Uint8Array): Variant => new Variant('ay', value);

/** What `a{sv}` is written from; keys keep their order (put integer-like keys in a Map). */
export type Properties = ReadonlyMap<string, Variant> | Readonly<Record<string, Variant>>;

/** `a{sv}`: `dict({ Method: str('dhcp'), Address: str('192.0.2.7') })`. */
export const dict = (value: Properties): Variant => new Variant('a{sv}', value);
