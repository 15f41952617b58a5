/** The zod schemas of single texts. Loads zod, so a daemon loads it when a text does not fit, for the message. */
import { parseIp, parseIpv4, parseIpv6 } from '@connman/inet';
import * as z from 'zod/mini';
import type { Shape } from './fields';
import { readNameserver } from './nameserver';
import { type Plain, readPlain } from './plain';

// Compiled parsers pay off after hundreds of values; a start reads a few.
z.config({ jitless: true });

/** From one text to its value; the message of an issue says what is expected. */
export function schemaOfShape(shape: Shape): z.ZodMiniType<Plain, string> {
  switch (shape.is) {
    case 'text':
      return z.string();
    case 'boolean':
      return z.pipe(
        z.enum(['true', 'false', '1', '0'], 'true, false, 1 or 0'),
        z.transform((value) => value === 'true' || value === '1'),
      );
    case 'word':
      return wordSchema(shape);
    case 'pattern':
      return z.string().check(z.regex(shape.pattern, shape.expected));
    case 'ip':
      return parsed(parseIp, 'an IPv4 or IPv6 address');
    case 'ipv4':
      return parsed(parseIpv4, 'an IPv4 address');
    case 'ipv6':
      return parsed(parseIpv6, 'an IPv6 address');
    case 'server':
      return parsed(
        (text) => readNameserver(text, shape.named),
        shape.named ? 'ADDRESS#NAME' : 'an IPv4 or IPv6 address, perhaps with #NAME behind it',
      );
    case 'integer':
      return ranged(/^[+-]?\d+(\s|$)/, shape);
    case 'number':
      return ranged(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, shape);
  }
}

function wordSchema(shape: Shape & { is: 'word' }) {
  const expected = [shape.words.slice(0, -1).join(', '), shape.words.at(-1)].join(' or ');
  return shape.anyCase ? parsed((text) => readPlain(shape, text), expected) : z.enum(shape.words, expected);
}

function ranged(pattern: RegExp, range: { least: number; most: number; expected: string }) {
  return z.pipe(
    z.string().check(z.regex(pattern, range.expected)),
    z.pipe(
      z.transform((text: string) => Number.parseFloat(text)),
      z.number(range.expected).check(z.gte(range.least, range.expected), z.lte(range.most, range.expected)),
    ),
  );
}

function parsed<T extends Plain>(parse: (text: string) => T | undefined, expected: string) {
  return z.pipe(
    z.string(),
    z.transform((text, context): T => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', message: expected, input: text });
      return z.NEVER;
    }),
  );
}

/** What is expected in place of a text; undefined if it is right as it is. */
export function expectation(shape: Shape, text: string): string | undefined {
  return schemaOfShape(shape).safeParse(text).error?.issues[0]?.message;
}
