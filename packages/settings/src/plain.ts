/**
 * Reads a text by its shape, and says what a shape expects, without zod: loading zod takes milliseconds, and its source would
 * be in every daemon's memory. A test holds these readers to the schemas of schema.ts, text by text.
 */
import { formatStaticRoute, type IpAddress, parseIp, parseIpv4, parseIpv6, parseStaticRoute } from '@connman/inet';
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
    case 'route': {
      const route = parseStaticRoute(text);
      return route && formatStaticRoute(route);
    }
    default: {
      // As GLib reads integers: what follows the digits after white space is not looked at.
      if (!(shape.is === 'integer' ? integerPattern : numberPattern).test(text)) return undefined;
      const value = Number.parseFloat(text);
      return value >= shape.least && value <= shape.most ? value : undefined;
    }
  }
}

/** What is expected of a text, in words. */
export function expectedOf(shape: Shape): string {
  switch (shape.is) {
    case 'text':
      return 'a text';
    case 'boolean':
      return 'true, false, 1 or 0';
    case 'word':
      return [shape.words.slice(0, -1).join(', '), shape.words.at(-1)].filter((words) => words !== '').join(' or ');
    case 'ip':
      return 'an IPv4 or IPv6 address';
    case 'ipv4':
      return 'an IPv4 address';
    case 'ipv6':
      return 'an IPv6 address';
    case 'route':
      return 'a network such as 192.0.2.0/24, or one via a gateway of the same family: 192.0.2.0/24 via 10.0.0.1';
    case 'server':
      return shape.named ? 'ADDRESS#NAME' : 'an IPv4 or IPv6 address, perhaps with #NAME behind it';
    default:
      return shape.expected;
  }
}
