/**
 * Domain names: on the wire (length-prefixed labels, possibly compressed) and as text in lower case without the last dot.
 *
 * Nothing here throws or loops on a peer's bytes: a compression pointer must lead to before the labels it ends, so every
 * jump goes strictly backwards, and a name is never longer than 255 octets (RFC 1035 sections 2.3.4 and 4.1.4).
 */
import { err, ok, type Result } from '@connman/base';
import { headerLength, maxLabelLength, maxNameLength } from './constants';

/** ASCII letters to lower case, everything else as it is (RFC 4343 section 3). */
export const lowerCase: Uint8Array = (() => {
  const table = new Uint8Array(256);
  for (let i = 0; i < 256; i++) table[i] = i >= 0x41 && i <= 0x5a ? i + 32 : i;
  return table;
})();

/** No honest encoder needs more pointers for one name than a name has labels; a chain of them is an attack on our time. */
const maxPointers = 127;

/**
 * The offset behind the name that starts at `offset`; -1 if it is malformed there. Does not follow a pointer, but refuses
 * one that leads forward or into the header.
 */
export function skipName(bytes: Uint8Array, offset: number, end: number): number {
  let at = offset;
  while (at < end) {
    const length = bytes[at] as number;
    if (length === 0) return at + 1 - offset <= maxNameLength ? at + 1 : -1;
    if (length >= 0xc0) {
      if (at + 2 > end) return -1;
      const target = ((length & 0x3f) << 8) | (bytes[at + 1] as number);
      return target >= headerLength && target < offset ? at + 2 : -1;
    }
    // 0x40 and 0x80 are label types no one may send (RFC 6891 section 5).
    if (length > maxLabelLength) return -1;
    at += 1 + length;
    if (at - offset >= maxNameLength) return -1;
  }
  return -1;
}

/**
 * Writes the name at `offset` without compression to `out` at `to`, letters as they came.
 * Returns its length in octets, root label included; -1 if it is malformed or does not fit into 255 octets.
 */
export function expandName(bytes: Uint8Array, offset: number, end: number, out: Uint8Array, to = 0): number {
  let at = offset;
  let segment = offset;
  let length = 0;
  let pointers = 0;
  while (at < end) {
    const label = bytes[at] as number;
    if (label === 0) {
      if (length + 1 > maxNameLength) return -1;
      out[to + length] = 0;
      return length + 1;
    }
    if (label >= 0xc0) {
      if (at + 2 > end) return -1;
      const target = ((label & 0x3f) << 8) | (bytes[at + 1] as number);
      if (target < headerLength || target >= segment || ++pointers > maxPointers) return -1;
      at = target;
      segment = target;
      continue;
    }
    if (label > maxLabelLength || at + 1 + label > end || length + 1 + label >= maxNameLength) return -1;
    for (let i = 0; i <= label; i++) out[to + length + i] = bytes[at + i] as number;
    at += 1 + label;
    length += 1 + label;
  }
  return -1;
}

/** Whether two names without compression are the same but for the case of letters. */
export function equalNames(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (lowerCase[a[aAt + i] as number] !== lowerCase[b[bAt + i] as number]) return false;
  }
  return true;
}

/**
 * The text of an uncompressed name: lower case, no last dot, `''` for the root; dots and unprintable octets in labels are
 * escaped as in zone files (RFC 1035 section 5.1), so two different names never have the same text.
 */
export function formatName(wire: Uint8Array, offset = 0): string {
  let length = 0;
  let at = offset;
  for (let label = wire[at] ?? 0; label !== 0 && label <= maxLabelLength; label = wire[at] ?? 0) {
    if (at !== offset) characters[length++] = 0x2e;
    for (let i = 1; i <= label; i++) {
      const octet = lowerCase[wire[at + i] ?? 0] as number;
      if (octet === 0x2e || octet === 0x5c) {
        characters[length++] = 0x5c;
        characters[length++] = octet;
      } else if (octet <= 0x20 || octet >= 0x7f) {
        characters[length++] = 0x5c;
        characters[length++] = 0x30 + Math.floor(octet / 100);
        characters[length++] = 0x30 + (Math.floor(octet / 10) % 10);
        characters[length++] = 0x30 + (octet % 10);
      } else {
        characters[length++] = octet;
      }
    }
    at += 1 + label;
  }
  return characters.toString('latin1', 0, length);
}

/** Where the text of a name is put together: four characters for an octet at most. */
const characters = Buffer.alloc(4 * maxNameLength + 4);

/** The wire form of a name's text, a last dot allowed; the error says what is wrong with it, for its writer. */
export function parseName(text: string): Result<Uint8Array, string> {
  if (text === '' || text === '.') return ok(new Uint8Array(1));
  const octets: number[] = [];
  let labelAt = 0;
  octets.push(0);
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === 0x2e) {
      const length = octets.length - labelAt - 1;
      if (length === 0) return err(`'${text}' has an empty label`);
      octets[labelAt] = length;
      labelAt = octets.length;
      octets.push(0);
      continue;
    }
    let octet = character;
    if (character === 0x5c) {
      const decimal = /^\d{3}/.exec(text.slice(i + 1, i + 4))?.[0];
      octet = decimal === undefined ? text.charCodeAt(i + 1) : Number(decimal);
      i += decimal === undefined ? 1 : 3;
    }
    const isEscaped = character === 0x5c;
    if (!(octet <= (isEscaped ? 0xff : 0x7e)))
      return err(`'${text}' has a character that is not ASCII; write it in its xn-- form`);
    octets.push(octet);
    if (octets.length - labelAt - 1 > maxLabelLength) return err(`'${text}' has a label of more than 63 octets`);
  }
  octets[labelAt] = octets.length - labelAt - 1;
  if (octets[labelAt] !== 0) octets.push(0);
  if (octets.length > maxNameLength) return err(`'${text}' is longer than 255 octets`);
  return ok(Uint8Array.from(octets));
}

/** How many labels a name's text has, the root not counted. */
export function labelCount(name: string): number {
  if (name === '') return 0;
  let count = 1;
  for (let i = 0; i < name.length; i++) {
    if (name.charCodeAt(i) === 0x5c) i++;
    else if (name.charCodeAt(i) === 0x2e) count++;
  }
  return count;
}

/** `b.c` of `a.b.c`; undefined for the root. */
export function parentOf(name: string): string | undefined {
  if (name === '') return undefined;
  for (let i = 0; i < name.length; i++) {
    if (name.charCodeAt(i) === 0x5c) i++;
    else if (name.charCodeAt(i) === 0x2e) return name.slice(i + 1);
  }
  return '';
}

/** Whether `name` is `zone` or below it. */
export function isWithin(name: string, zone: string): boolean {
  for (let at: string | undefined = name; at !== undefined; at = parentOf(at)) if (at === zone) return true;
  return false;
}
