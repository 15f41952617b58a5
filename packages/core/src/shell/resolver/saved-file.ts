/**
 * The record of a file that is ours for a while: what it held before and what we put there, kept on disk so that the next
 * start can give it back after a crash.
 */
import { isObject, parseJson } from '../json';

export interface SavedContent {
  readonly mode: number;
  readonly bytes: Uint8Array;
}

export interface SavedFile {
  /** The file itself, links followed. */
  readonly path: string;
  /** What was there before us; undefined if there was no such file. */
  readonly previous: SavedContent | undefined;
  /**
   * What the file may hold if no one but us has written it: the last text, and the one before, for the record is written
   * first and the file after it.
   */
  readonly written: readonly string[];
  /** A run that ended in order left its last text there, for the links stay up; the next one goes on from it. */
  readonly left?: boolean;
}

/** Whether the file holds what we wrote. */
export function isOurs(saved: Pick<SavedFile, 'written'>, bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && saved.written.some((text) => Buffer.from(text).equals(bytes));
}

/** Whether the file holds what it held before us. */
export function isPrevious(saved: SavedFile, bytes: Uint8Array | undefined): boolean {
  if (!bytes || !saved.previous) return bytes === saved.previous?.bytes;
  return Buffer.from(saved.previous.bytes).equals(bytes);
}

export function encodeSavedFile(saved: SavedFile): string {
  const { path, previous, written, left = false } = saved;
  const content = previous && { mode: previous.mode, base64: Buffer.from(previous.bytes).toString('base64') };
  return `${JSON.stringify({ path, previous: content ?? null, written, left })}\n`;
}

/** Undefined for a text that is no such record. */
export function decodeSavedFile(text: string): SavedFile | undefined {
  const value = parseJson(text);
  if (!isObject(value) || typeof value.path !== 'string' || !Array.isArray(value.written)) return undefined;
  const written = value.written.filter((entry) => typeof entry === 'string');
  const { path, previous } = value;
  const left = value.left === true;
  if (previous === null) return { path, previous: undefined, written, left };
  if (!isObject(previous) || typeof previous.mode !== 'number' || typeof previous.base64 !== 'string') return undefined;
  const bytes = new Uint8Array(Buffer.from(previous.base64, 'base64'));
  return { path, previous: { mode: previous.mode, bytes }, written, left };
}
