/** How much a client may write into a property: a value that is too large is refused before anything looks into it. */
import { maxListEntries, maxTextBytes } from '@connman/base';
import { Variant } from '@connman/dbus';
import { invalidArguments } from './errors';

/** Throws InvalidArguments for a value that is larger than what is stored or shown may be. */
export function refuseUnbounded(name: string, value: Variant): void {
  const limit = limitExceeded(value);
  if (limit !== undefined) throw invalidArguments(`${name}: ${limit}`);
}

/** What is too large about the value, in words; undefined if nothing is. */
export function limitExceeded(value: Variant): string | undefined {
  return exceededBy(value.value);
}

function exceededBy(value: unknown): string | undefined {
  if (typeof value === 'string') {
    // No character takes more bytes of UTF-8 than three for each of its UTF-16 units.
    const isLong = value.length > maxTextBytes || (value.length * 3 > maxTextBytes && bytesOf(value) > maxTextBytes);
    return isLong ? `a text may have ${maxTextBytes} bytes` : undefined;
  }
  if (value instanceof Variant) return exceededBy(value.value);
  if (value instanceof Map) return exceededByList([...value.values()], value.size);
  return Array.isArray(value) ? exceededByList(value, value.length) : undefined;
}

function exceededByList(values: readonly unknown[], length: number): string | undefined {
  if (length > maxListEntries) return `a list may have ${maxListEntries} entries, this one has ${length}`;
  for (const value of values) {
    const reason = exceededBy(value);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
