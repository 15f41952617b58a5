/** What the words of a command line may be, and how a command ends when they are not. */
import { oneLine } from '@connman/base';

/** A line that is not carried out: the errno that ConnMan's client ends with, and what is wrong with the line. */
export class UsageError extends Error {
  readonly errno: number;

  constructor(errno: number, reason: string) {
    super(reason);
    this.errno = errno;
  }
}

/** How a command ended, or that it goes on until something ends it. */
export type Outcome = typeof fine | 'goes-on';

export const fine = 0;
/** ENXIO: the message could not be sent. */
const notSent = 6;
/** E2BIG: too many words. */
const tooLong = 7;
/** EINVAL: a word is missing or wrong. */
export const invalid = 22;
/** EALREADY: a session is on, or off, already. */
const already = 114;

/** Throws when there are more words than the command takes. */
export function takeAtMost(most: number, words: readonly string[]): void {
  if (words.length > most) throw new UsageError(tooLong, `unexpected argument "${oneLine(words[most] ?? '')}"`);
}

export const missing = (what: string) => new UsageError(invalid, `${what} is missing`);

/** @param what it should have been. */
export const wrong = (word: string, what: string) => new UsageError(invalid, `"${oneLine(word)}" is not ${what}`);

export const alreadySo = (reason: string) => new UsageError(already, reason);

/** Exit statuses by class. */
/** Of the client itself: answers as JSON. Stands anywhere on a line. */
export const jsonOption = '--json';

export const exitStatus = { done: 0, failed: 1, usage: 2, noDaemon: 3 } as const;

const errnoTexts: Readonly<Record<number, string>> = {
  [notSent]: 'No such device or address',
  [tooLong]: 'Argument list too long',
  [invalid]: 'Invalid argument',
  [already]: 'Operation already in progress',
};

/** In the C library's words, as ConnMan's client prints them. */
export function errnoText(errno: number): string {
  return errnoTexts[errno] ?? `Error ${errno}`;
}

const booleans: Readonly<Record<string, boolean>> = {
  yes: true,
  true: true,
  on: true,
  enable: true,
  y: true,
  t: true,
  1: true,
  no: false,
  false: false,
  off: false,
  disable: false,
  n: false,
  f: false,
  0: false,
};

export function parseBoolean(word: string | undefined): boolean | undefined {
  const lower = word?.toLowerCase() ?? '';
  return Object.hasOwn(booleans, lower) ? booleans[lower] : undefined;
}

/** A service, technology, peer or connection as it stands at the end of an object path. */
export function isName(word: string | undefined): word is string {
  return word !== undefined && /^[A-Za-z0-9_]+$/.test(word);
}

/** @param what the object is called in the help: "a service". */
export function nameIn(word: string | undefined, what: string): string {
  if (word === undefined) throw missing(what);
  if (!isName(word)) throw wrong(word, `the name of ${what}`);
  return word;
}

/** Options are taken with and without their dashes. */
export function optionName(word: string): string {
  return word.startsWith('--') ? word.slice(2) : word;
}

/** Whole decimal numbers of up to nine digits. */
export function parseCount(word: string | undefined): number | undefined {
  return word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}

export function parseHex(word: string | undefined): Uint8Array | undefined {
  if (word === undefined || !/^([0-9a-f]{2}){1,1024}$/i.test(word)) return undefined;
  return Uint8Array.from(Buffer.from(word, 'hex'));
}
