/** Reads one group of a key file by its field table: a key that does not fit gives a Problem, the others count. */
import { maxListEntries, maxTextBytes, nearest } from '@connman/base';
import type { Field, Fields, Shape } from './fields';
import type { KeyFile } from './keyfile';
import { readPlacedList, readText } from './keyfile-values';
import { expectedOf, type Plain, readPlain } from './plain';
import type { Problem } from './problem';

export interface ReadOptions {
  /** Path, for the problems. */
  readonly file: string;
  /**
   * By a person, not by a daemon: white space around a value is no part of it, a key that is not in the table is a problem,
   * and so is an empty text where something is expected.
   */
  readonly handwritten: boolean;
  readonly problems: Problem[];
  /** Keys whose texts no problem repeats; given at all, a key that is not in the table is not repeated either. */
  readonly secrets?: ReadonlySet<string>;
}

/** The values that are there and fit. */
export function readGroup<T extends object>(
  keyFile: KeyFile,
  group: string,
  fields: Fields<T>,
  options: ReadOptions,
): Partial<T> {
  const values: Partial<Record<string, unknown>> = {};
  const { file, problems, handwritten, secrets } = options;
  for (const { key, value: raw, line, column, valueColumn } of keyFile.entries(group)) {
    const hidden = secrets && (secrets.has(key) || !Object.hasOwn(fields, key));
    const report = (found: string, expected: string, at = 0) =>
      problems.push({ file, line, column: valueColumn + at, key, found: hidden ? '***' : found, expected });
    if (Object.hasOwn(fields, key)) {
      const value = readField<unknown>(fields[key as keyof T], raw, handwritten, report);
      if (value !== undefined) values[key] = value;
    } else if (handwritten) {
      report(raw, expectedKey(key, group, Object.keys(fields)), column - valueColumn);
    }
  }
  return values as Partial<T>;
}

/** `at`: where in the value, from 0. */
type Report = (found: string, expected: string, at?: number) => void;

function readField<T>(field: Field<T>, raw: string, handwritten: boolean, report: Report): T | undefined {
  const { separator, shape } = field;
  if (separator === undefined) {
    const text = handwritten ? readText(raw).trim() : readText(raw);
    if (text === '' && !handwritten && shape.is !== 'text') return undefined;
    const value = readOne(shape, text, report);
    return value === undefined ? field.otherwise : (value as T);
  }
  const items: Plain[] = [];
  for (const { text: item, at } of readPlacedList(raw, separator)) {
    const text = handwritten ? item.trim() : item;
    const blanks = handwritten ? item.length - item.trimStart().length : 0;
    if (text === '') continue;
    if (items.length === maxListEntries) {
      report('more', `at most ${maxListEntries} entries; the rest is left out`, at);
      break;
    }
    const value = readOne(shape, text, (...what) => report(...what, at + blanks));
    if (value !== undefined) items.push(value);
  }
  return items as T;
}

function readOne(shape: Shape, text: string, report: (found: string, expected: string) => void): Plain | undefined {
  if (text.length > maxTextBytes) {
    report(`${text.slice(0, 40)}...`, `at most ${maxTextBytes} bytes`);
    return undefined;
  }
  if (text.includes('\0')) {
    report(text.replaceAll('\0', '\\0'), 'a text without zero bytes');
    return undefined;
  }
  const value = readPlain(shape, text);
  if (value !== undefined && shape.is === 'word' && value !== text) report(text, `the spelling ${value}`);
  if (value === undefined) report(text, expectedOf(shape));
  return value;
}

function expectedKey(key: string, group: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant?.toLowerCase() === key.toLowerCase()) return `the spelling ${meant}`;
  return `a key that [${group}] has${meant ? `, perhaps ${meant}` : ''}; this one has no effect`;
}
