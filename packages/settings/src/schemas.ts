/** The zod schemas of single texts that several files share. Messages say what is expected, for a Problem to show. */
import { parseIp, parseIpv4, parseIpv6 } from '@connman/inet';
import * as z from 'zod/mini';
import type { ListField, Schema, TextField } from './fields';
import type { Separator } from './keyfile-values';

// Compiled parsers pay off after hundreds of values; a start reads a dozen.
z.config({ jitless: true });

/** A field of one text; the description reaches the manual. */
export function text<T>(schema: Schema<T>, description = ''): TextField<T> {
  return { kind: 'text', schema: described(schema, description) };
}

export function list<T>(separator: Separator, item: Schema<T>, description = ''): ListField<T> {
  return { kind: 'list', separator, schema: described(item, description) };
}

function described<T>(schema: Schema<T>, description: string): Schema<T> {
  return description === '' ? schema : (schema.check(z.describe(description)) as Schema<T>);
}

export const anyText = (): Schema<string> => z.string();

/** GLib's booleans. */
export const boolean = (): Schema<boolean> =>
  z.pipe(
    z.enum(['true', 'false', '1', '0'], 'true or false'),
    z.transform((value) => value === 'true' || value === '1'),
  );

/** As GLib reads integers: what follows the digits after white space is not looked at. */
export const integer = (least: number, most: number, expected: string): Schema<number> =>
  z.pipe(
    z.string().check(z.regex(/^[+-]?\d+(\s|$)/, expected)),
    z.pipe(
      z.transform((value: string) => Number.parseInt(value, 10)),
      z.number().check(z.gte(least, expected), z.lte(most, expected)),
    ),
  );

export const number = (least: number, expected: string): Schema<number> =>
  z.pipe(
    z.string().check(z.regex(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, expected)),
    z.pipe(
      z.transform((value: string) => Number(value)),
      z.number().check(z.gte(least, expected)),
    ),
  );

export const oneOf = <const T extends string>(words: readonly T[]): Schema<T> =>
  z.enum(words, words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words[0]) as Schema<T>;

/** A text that a parser of ours accepts; its value is what the parser returns. */
export const parsed = <T>(parse: (text: string) => T | undefined, expected: string): Schema<T> =>
  z.pipe(
    z.string(),
    z.transform((value, context) => {
      const result = parse(value);
      if (result !== undefined) return result;
      context.issues.push({ code: 'custom', message: expected, input: value });
      return z.NEVER;
    }),
  );

export const ipv4 = () => parsed(parseIpv4, 'an IPv4 address');
export const ipv6 = () => parsed(parseIpv6, 'an IPv6 address');
export const ip = () => parsed(parseIp, 'an IPv4 or IPv6 address');
export const hex = () =>
  z.string().check(z.regex(/^([0-9a-f]{2})*$/i, 'pairs of hexadecimal digits')) as Schema<string>;
