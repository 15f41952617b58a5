/**
 * From a key file's group to values, by a table of zod schemas: a key that does not fit gives a Problem, the others count.
 *
 * This file knows zod's types only. The tables (`*-schema.ts`) load zod, and are loaded when there is a key to read.
 */
import type { ZodMiniType } from 'zod/mini';
import type { KeyFile } from './keyfile';
import { readList, readText, type Separator } from './keyfile-values';
import type { Problem } from './problem';

export type Schema<T> = ZodMiniType<T, string>;

/** A key with one text. */
export interface TextField<T> {
  readonly kind: 'text';
  readonly schema: Schema<T>;
  /** Counts in place of a text that does not fit; without it such a key counts as absent. */
  readonly otherwise?: T;
}

/** A key with a list. */
export interface ListField<Item> {
  readonly kind: 'list';
  readonly separator: Separator;
  /** Of one item: an item that does not fit is left out. */
  readonly schema: Schema<Item>;
}

export type Field<T> = TextField<T> | (T extends readonly (infer Item)[] ? ListField<Item> : never);

/** Thunks, so that a file with two keys builds two schemas. */
export type Fields<T> = { readonly [K in keyof T]-?: () => Field<NonNullable<T[K]>> };

/**
 * The values of one group. Keys that are not in the table are reported when `strict`, and ignored otherwise.
 * White space around a value is no part of it.
 */
export function readGroup<T extends object>(
  file: string,
  keyFile: KeyFile,
  group: string,
  fields: Fields<T>,
  options: { readonly strict: boolean; readonly problems: Problem[] },
): Partial<T> {
  const values: Partial<T> = {};
  const { problems, strict } = options;
  for (const { key, value: raw, line } of keyFile.entries(group)) {
    if (!Object.hasOwn(fields, key)) {
      if (strict)
        problems.push({ file, line, key, found: raw, expected: expectedKey(key, group, Object.keys(fields)) });
      continue;
    }
    const name = key as keyof T;
    const field = fields[name]();
    const report = (found: string, expected: string) => problems.push({ file, line, key, found, expected });
    const value = field.kind === 'list' ? readItems(field, raw, report) : readOne(field, raw, report);
    if (value !== undefined) values[name] = value as T[keyof T];
  }
  return values;
}

type Report = (found: string, expected: string) => void;

function readOne<T>(field: TextField<T>, raw: string, report: Report): T | undefined {
  const text = readText(raw).trim();
  const result = field.schema.safeParse(text);
  if (result.success) return result.data;
  report(text, result.error.issues[0]?.message ?? 'another value');
  return field.otherwise;
}

function readItems<T>(field: ListField<T>, raw: string, report: Report): readonly T[] {
  const values: T[] = [];
  for (const item of readList(raw, field.separator)) {
    const text = item.trim();
    if (text === '') continue;
    const result = field.schema.safeParse(text);
    if (result.success) values.push(result.data);
    else report(text, result.error.issues[0]?.message ?? 'another value');
  }
  return values;
}

function expectedKey(key: string, group: string, known: readonly string[]): string {
  const meant = known.find((name) => name.toLowerCase() === key.toLowerCase());
  return meant ? `the spelling ${meant}` : `a key that [${group}] has; this one has no effect`;
}
