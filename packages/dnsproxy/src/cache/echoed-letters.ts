/**
 * Our questions go out in random letters (upstream/outgoing.ts), and some servers write what they were asked into owner names
 * and targets. No client is to see them: it asked in letters of its own (RFC 4343 section 4.1). A pointer to the question needs
 * nothing, the client's own stands there.
 */
import { maxNameLength } from '../message/constants';
import type { Message, Question } from '../message/message';
import { expandName, lowerCase } from '../message/name';
import { echoLayoutOf } from '../message/rdata';

const scratch = new Uint8Array(maxNameLength + 1);

/**
 * Lowers the letters of names in `message` that end in the question's name or the end of it, letter by letter as it was asked.
 * They are lowered in `octets`, a copy in which the message's byte n is at n + `shift`.
 */
export function lowerEchoedLetters(message: Message, octets: Uint8Array, shift: number): void {
  const { bytes, records } = message;
  const { nameAt, end } = message.question as Question;
  if (!hasCapitals(bytes, nameAt, end - 4)) return;
  const asked = bytes.subarray(nameAt, end - 4);
  for (const { type, nameAt: ownerAt, dataAt, dataLength } of records) {
    if ((bytes[ownerAt] as number) < 0xc0) lowerName(bytes, ownerAt, bytes.length, asked, octets, shift);
    const layout = echoLayoutOf(type);
    if (!layout) continue;
    let at = dataAt + layout.before;
    for (let i = 0; i < layout.names && at >= 0; i++) {
      at = lowerName(bytes, at, dataAt + dataLength, asked, octets, shift);
    }
  }
}

function hasCapitals(bytes: Uint8Array, from: number, to: number): boolean {
  // Octets of lengths are below 64, so that only letters are met here.
  for (let i = from; i < to; i++) if ((bytes[i] as number) >= 0x41 && (bytes[i] as number) <= 0x5a) return true;
  return false;
}

/** Returns the offset behind the name; -1 when it is malformed. */
function lowerName(
  bytes: Uint8Array,
  nameAt: number,
  end: number,
  asked: Uint8Array,
  octets: Uint8Array,
  shift: number,
): number {
  const labelsEnd = endOfLabels(bytes, nameAt, end);
  if (labelsEnd < 0) return -1;
  if (!hasCapitals(bytes, nameAt, labelsEnd)) return labelsEnd + (bytes[labelsEnd] === 0 ? 1 : 2);
  const length = expandName(bytes, nameAt, end, scratch);
  if (length < 0) return -1;
  let at = nameAt;
  let isEcho = false;
  for (let label = bytes[at] as number; label !== 0 && label < 0xc0; label = bytes[at] as number) {
    isEcho ||= endsAlike(asked, scratch, at - nameAt, length);
    for (let i = isEcho ? at + 1 : at + 1 + label; i <= at + label; i++) {
      octets[i + shift] = lowerCase[bytes[i] as number] as number;
    }
    at += 1 + label;
  }
  return at + (bytes[at] === 0 ? 1 : 2);
}

/** Where the labels that are written out end: at a pointer, or the root. */
function endOfLabels(bytes: Uint8Array, nameAt: number, end: number): number {
  let at = nameAt;
  while (at < end && bytes[at] !== 0 && (bytes[at] as number) < 0xc0) at += 1 + (bytes[at] as number);
  return at < end ? at : -1;
}

/** Whether `name` from `from` on is the end of `asked`, letters and all. */
function endsAlike(asked: Uint8Array, name: Uint8Array, from: number, length: number): boolean {
  const skip = asked.length - (length - from);
  // The root alone is the end of every name.
  if (skip < 0 || length - from <= 1) return false;
  for (let i = from; i < length; i++) if (asked[skip + i - from] !== name[i]) return false;
  return true;
}
