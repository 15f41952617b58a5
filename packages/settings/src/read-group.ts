/** Reads one group of a key file by its field table: a key that does not fit gives a Problem, the others count. */
import type { Field, Fields, Shape } from './fields';
import type { KeyFile } from './keyfile';
import { readList, readText } from './keyfile-values';
import { type Plain, readPlain } from './plain';
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
  for (const { key, value: raw, line } of keyFile.entries(group)) {
    const hidden = secrets && (secrets.has(key) || !Object.hasOwn(fields, key));
    const report = (found: string, expected: string) =>
      problems.push({ file, line, key, found: hidden ? '***' : found, expected });
    if (Object.hasOwn(fields, key)) {
      const value = readField<unknown>(fields[key as keyof T], raw, handwritten, report);
      if (value !== undefined) values[key] = value;
    } else if (handwritten) {
      report(raw, expectedKey(key, group, Object.keys(fields)));
    }
  }
  return values as Partial<T>;
}

type Report = (found: string, expected: string) => void;

function readField<T>(field: Field<T>, raw: string, handwritten: boolean, report: Report): T | undefined {
  const { separator, shape } = field;
  if (separator === undefined) {
    const text = handwritten ? readText(raw).trim() : readText(raw);
    if (text === '' && !handwritten && shape.is !== 'text') return undefined;
    const value = readOne(shape, text, report);
    return value === undefined ? field.otherwise : (value as T);
  }
  const items: Plain[] = [];
  for (const item of readList(raw, separator)) {
    const text = handwritten ? item.trim() : item;
    const value = text === '' ? undefined : readOne(shape, text, report);
    if (value !== undefined) items.push(value);
  }
  return items as T;
}

function readOne(shape: Shape, text: string, report: Report): Plain | undefined {
  const value = readPlain(shape, text);
  if (value !== undefined && shape.is === 'word' && value !== text) report(text, `the spelling ${value}`);
  if (value === undefined) {
    const schema = require('./schema') as typeof import('./schema');
    report(text, schema.expectation(shape, text) ?? 'another value');
  }
  return value;
}

function expectedKey(key: string, group: string, known: readonly string[]): string {
  const meant = known.find((name) => name.toLowerCase() === key.toLowerCase());
  return meant ? `the spelling ${meant}` : `a key that [${group}] has; this one has no effect`;
}
