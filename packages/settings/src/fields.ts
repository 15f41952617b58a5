/** What the keys of a group take, as plain data: the one table from which reading, zod schemas and the manual follow. */
import type { Ipv4Address, Ipv6Address } from '@connman/inet';
import type { Separator } from './keyfile-values';

/** What one text may be. */
export type Shape =
  | { readonly is: 'text' | 'boolean' | 'ip' | 'ipv4' | 'ipv6' | 'route' }
  /** An address, and behind a # the name of its certificate, which `named` demands. */
  | { readonly is: 'server'; readonly named: boolean }
  | { readonly is: 'pattern'; readonly pattern: RegExp; readonly expected: string }
  | { readonly is: 'integer' | 'number'; readonly least: number; readonly most: number; readonly expected: string }
  | {
      readonly is: 'word';
      readonly words: readonly string[];
      /** A word in other letters counts, with a problem that says the right spelling. */
      readonly anyCase?: boolean;
    };

export interface Field<T> {
  readonly shape: Shape;
  /** Set for a list, and then `shape` is an item's: an item that does not fit is left out. */
  readonly separator?: Separator;
  /** Counts in place of a text that does not fit; without it such a key counts as absent. */
  readonly otherwise?: T;
  /** The effect, for the manual; names the unit. */
  readonly description: string;
  /** Never set: carries the type. */
  readonly type?: T;
}

export type Fields<T> = { readonly [K in keyof T]-?: Field<NonNullable<T[K]>> };

/** The values that a table's keys have. */
export type ValuesOf<F> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

const field =
  <T>(is: 'text' | 'boolean' | 'ip' | 'ipv4' | 'ipv6') =>
  (description = ''): Field<T> => ({ shape: { is }, description });

export const text = field<string>('text');
export const ipv4 = field<Ipv4Address>('ipv4');
export const ipv6 = field<Ipv6Address>('ipv6');
/** As GLib reads booleans: true, false, 1 or 0. */
export const boolean = field<boolean>('boolean');
/** As ConnMan reads most of its own: whatever is not true or 1 is false. */
export const flag = (description = ''): Field<boolean> => ({ ...boolean(description), otherwise: false });

export function word<const T extends string>(words: readonly T[], description = ''): Field<T> {
  return { shape: { is: 'word', words }, description };
}

/** A word that counts in any letters. */
export function wordInAnyCase<const T extends string>(words: readonly T[], description = ''): Field<T> {
  return { shape: { is: 'word', words, anyCase: true }, description };
}

export function pattern(expression: RegExp, expected: string, description = ''): Field<string> {
  return { shape: { is: 'pattern', pattern: expression, expected }, description };
}

/** Bytes as pairs of hexadecimal digits. */
export const hex = (description = '') => pattern(/^([0-9a-f]{2})*$/i, 'pairs of hexadecimal digits', description);

/** For a pattern that dataBudgetPattern is. */
export const dataBudgetExpected = 'a number of bytes such as 500M, or 5G/month';

interface Range {
  readonly least: number;
  readonly most: number;
  /** The range in words, for a Problem. */
  readonly expected: string;
}

export function integer(range: Range, description = ''): Field<number> {
  return { shape: { is: 'integer', ...range }, description };
}

export function number(range: Omit<Range, 'most'> & { readonly otherwise: number }, description = ''): Field<number> {
  const { least, expected, otherwise } = range;
  return { shape: { is: 'number', least, most: Number.MAX_VALUE, expected }, otherwise, description };
}

export function texts(separator: Separator, description = ''): Field<readonly string[]> {
  return { shape: { is: 'text' }, separator, description };
}

export function words<const T extends string>(
  separator: Separator,
  items: readonly T[],
  description = '',
): Field<readonly T[]> {
  return { shape: { is: 'word', words: items }, separator, description };
}

/** Static routes in their normal form, for `parseStaticRoute`. */
export function routes(separator: Separator, description = ''): Field<readonly string[]> {
  return { shape: { is: 'route' }, separator, description };
}

/** `9.9.9.9#dns.quad9.net`, for `parseNameserver`; the address is in its normal form. */
export function nameservers(
  separator: Separator,
  { named }: { readonly named: boolean },
  description = '',
): Field<readonly string[]> {
  return { shape: { is: 'server', named }, separator, description };
}
