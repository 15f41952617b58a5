/** The zod schemas of single texts, for tools and tests; a daemon reads by plain.ts. */
import { parseIp, parseIpv4, parseIpv6 } from '@connman/inet';
import * as z from 'zod/mini';
import type { Shape } from './fields';
import { readNameserver } from './nameserver';
import { expectedOf, type Plain, readPlain } from './plain';

// Compiled parsers pay off after hundreds of values; a start reads a few.
z.config({ jitless: true });

/** From one text to its value; the message of an issue says what is expected. */
export function schemaOfShape(shape: Shape): z.ZodMiniType<Plain, string> {
  const expected = expectedOf(shape);
  switch (shape.is) {
    case 'text':
      return z.string();
    case 'boolean':
      return z.pipe(
        z.enum(['true', 'false', '1', '0'], expected),
        z.transform((value) => value === 'true' || value === '1'),
      );
    case 'word':
      return shape.anyCase ? parsed((text) => readPlain(shape, text), expected) : z.enum(shape.words, expected);
    case 'pattern':
      return z.string().check(z.regex(shape.pattern, expected));
    case 'ip':
      return parsed(parseIp, expected);
    case 'ipv4':
      return parsed(parseIpv4, expected);
    case 'ipv6':
      return parsed(parseIpv6, expected);
    case 'route':
      return parsed((text) => readPlain(shape, text), expected);
    case 'server':
      return parsed((text) => readNameserver(text, shape.named), expected);
    case 'integer':
      return ranged(/^[+-]?\d+(\s|$)/, shape);
    case 'number':
      return ranged(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, shape);
  }
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
