/**
 * Reads a text that is as its shape wants it, without zod: loading zod takes milliseconds, and most files are right. A
 * test holds these readers to the schemas of schema.ts, text by text.
 */
import { type IpAddress, parseIp, parseIpv4, parseIpv6 } from '@connman/inet';
import type { Shape } from './fields';
import { readNameserver } from './nameserver';

export type Plain = string | number | boolean | IpAddress;

const integerPattern = /^[+-]?\d+(\s|$)/;
const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The value; undefined if the text does not fit. */
export function readPlain(shape: Shape, text: string): Plain | undefined {
  switch (shape.is) {
    case 'text':
      return text;
    case 'boolean':
      if (text === 'true' || text === '1') return true;
      return text === 'false' || text === '0' ? false : undefined;
    case 'word':
      if (shape.words.includes(text)) return text;
      return shape.anyCase ? shape.words.find((word) => word.toLowerCase() === text.toLowerCase()) : undefined;
    case 'pattern':
      return shape.pattern.test(text) ? text : undefined;
    case 'ip':
      return parseIp(text);
    case 'ipv4':
      return parseIpv4(text);
    case 'ipv6':
      return parseIpv6(text);
    case 'server':
      return readNameserver(text, shape.named);
    default: {
      // As GLib reads integers: what follows the digits after white space is not looked at.
      if (!(shape.is === 'integer' ? integerPattern : numberPattern).test(text)) return undefined;
      const value = Number.parseFloat(text);
      return value >= shape.least && value <= shape.most ? value : undefined;
    }
  }
}
