/**
 * The texts inside a key file's values: GLib's escapes, its lists, and the C escapes that ConnMan puts around passphrases.
 * An escape that GLib does not know stays as it is written.
 */

const plainOf: Readonly<Record<string, string>> = { s: ' ', n: '\n', t: '\t', r: '\r', '\\': '\\' };

export type Separator = ',' | ';' | ' ';

/** A value as one text. */
export function readText(raw: string): string {
  return splitRaw(raw, undefined)[0]?.text ?? '';
}

/** A value as a list; a separator after the last item is usual and starts no further item. */
export function readList(raw: string, separator: Separator): readonly string[] {
  return readPlacedList(raw, separator).map(({ text }) => text);
}

/** The items, each with the place in the value where it starts, from 0. */
export function readPlacedList(raw: string, separator: Separator): readonly PlacedItem[] {
  const items = splitRaw(raw, separator);
  if (items.at(-1)?.text === '') items.pop();
  return items;
}

export interface PlacedItem {
  readonly text: string;
  readonly at: number;
}

function splitRaw(raw: string, separator: Separator | undefined): PlacedItem[] {
  const items: PlacedItem[] = [];
  let item = '';
  let at = 0;
  for (let i = 0; i < raw.length; i++) {
    const c = raw[i] as string;
    if (c === '\\') {
      const next = raw[++i] ?? '';
      item += plainOf[next] ?? (next === separator ? next : `\\${next}`);
    } else if (c === separator) {
      items.push({ text: item, at });
      item = '';
      at = i + 1;
    } else {
      item += c;
    }
  }
  items.push({ text: item, at });
  return items;
}

/** The raw form of one text. */
export function writeText(text: string): string {
  return escapeText(text, undefined);
}

/** With a separator after each item, as GLib writes lists. */
export function writeList(items: readonly string[], separator: Separator = ';'): string {
  return items.map((item) => `${escapeText(item, separator)}${separator}`).join('');
}

function escapeText(text: string, separator: Separator | undefined): string {
  const leading = /^[ \t]*/.exec(text)?.[0].length ?? 0;
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (c === '\\') out += '\\\\';
    else if (c === '\n') out += '\\n';
    else if (c === '\r') out += '\\r';
    // Only white space in front would be lost on reading.
    else if (c === ' ' && i < leading) out += '\\s';
    else if (c === '\t' && i < leading) out += '\\t';
    else if (c === separator) out += `\\${c}`;
    else out += c;
  }
  return out;
}

const cEscapes = new Map([
  ['\b', 'b'],
  ['\f', 'f'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
  ['\v', 'v'],
  ['\\', '\\'],
  ['"', '"'],
]);
const cPlain = new Map([...cEscapes].map(([plain, letter]) => [letter, plain]));

/** As g_strescape: C escapes, and every byte outside printable ASCII as three octal digits. */
export function escapeC(text: string): string {
  let out = '';
  for (const byte of new TextEncoder().encode(text)) {
    const c = String.fromCharCode(byte);
    const letter = cEscapes.get(c);
    if (letter !== undefined) out += `\\${letter}`;
    else out += byte < 0x20 || byte >= 0x7f ? `\\${byte.toString(8).padStart(3, '0')}` : c;
  }
  return out;
}

/** As g_strcompress: undoes escapeC, one to three octal digits make a byte, any other escaped character is itself. */
export function unescapeC(text: string): string {
  const bytes: number[] = [];
  const source = new TextEncoder().encode(text);
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] as number;
    if (byte !== 0x5c || i === source.length - 1) {
      bytes.push(byte);
      continue;
    }
    const octal = /^[0-7]{1,3}/.exec(String.fromCharCode(...source.subarray(i + 1, i + 4)))?.[0];
    if (octal !== undefined) {
      bytes.push(Number.parseInt(octal, 8) & 255);
      i += octal.length;
    } else {
      const next = source[++i] as number;
      bytes.push(cPlain.get(String.fromCharCode(next))?.charCodeAt(0) ?? next);
    }
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
