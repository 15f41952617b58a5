/** The domain search list (option 119, RFC 3397): DNS names with RFC 1035 compression inside the option's own bytes. */
import type { OptionCodec } from './option-codecs';

const longestName = 255;
/** More names than any resolver searches; a longer list is cut. */
const mostNames = 32;

export const domainSearch: OptionCodec<readonly string[]> = {
  decode(bytes) {
    const names: string[] = [];
    let offset = 0;
    while (offset < bytes.length && names.length < mostNames) {
      const name = decodeName(bytes, offset);
      // The names before a malformed one count.
      if (!name) break;
      names.push(name.text);
      offset = name.next;
    }
    return names.length > 0 ? names : undefined;
  },

  encode(names) {
    const out: number[] = [];
    /** Where a suffix was written: compression points there. */
    const written = new Map<string, number>();
    for (const name of names) encodeName(name, out, written);
    return Uint8Array.from(out);
  },
};

/**
 * A name as text, labels joined by dots, and the offset after it. A pointer must point before the place it stands at,
 * so each jump goes strictly backwards and no chain of them can loop.
 */
function decodeName(bytes: Uint8Array, start: number): { text: string; next: number } | undefined {
  let offset = start;
  let next = -1;
  let limit = start;
  let length = 0;
  const labels: string[] = [];
  for (;;) {
    const size = bytes[offset];
    if (size === 0) break;
    if (size === undefined) {
      // Some servers leave out the root label of the last name.
      if (labels.length === 0 || next >= 0) return undefined;
      return { text: labels.join('.'), next: offset };
    }
    if (size >= 0xc0) {
      const low = bytes[offset + 1];
      if (low === undefined) return undefined;
      const target = ((size & 0x3f) << 8) | low;
      if (next < 0) next = offset + 2;
      if (target >= limit) return undefined;
      limit = target;
      offset = target;
      continue;
    }
    if (size >= 0x40 || offset + 1 + size > bytes.length) return undefined;
    length += size + 1;
    if (length > longestName) return undefined;
    labels.push(String.fromCharCode(...bytes.subarray(offset + 1, offset + 1 + size)));
    offset += size + 1;
  }
  return { text: labels.join('.'), next: next < 0 ? offset + 1 : next };
}

function encodeName(name: string, out: number[], written: Map<string, number>): void {
  const labels = name.split('.');
  for (let i = 0; i < labels.length; i++) {
    const suffix = labels.slice(i).join('.');
    const earlier = written.get(suffix);
    if (earlier !== undefined) {
      out.push(0xc0 | (earlier >>> 8), earlier & 0xff);
      return;
    }
    if (out.length < 0x4000) written.set(suffix, out.length);
    const label = labels[i] as string;
    out.push(label.length, ...Array.from(label, (character) => character.charCodeAt(0)));
  }
  out.push(0);
}
