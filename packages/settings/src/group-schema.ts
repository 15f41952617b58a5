/** The zod schemas of whole groups, made from their field tables: for tools, for the manual, for other programs' tests. */
import * as z from 'zod/mini';
import type { Field, Fields } from './fields';
import { readList, readText, type Separator } from './keyfile-values';
import type { Plain } from './plain';
import { schemaOfShape } from './schema';

/** From a key's raw value in the file: one text, or a list of which every item must fit. */
function schemaOfField<T>(field: Field<T>): z.ZodMiniType<Plain | Plain[], string> {
  const { separator, shape, description } = field;
  const schema =
    separator === undefined
      ? z.pipe(
          z.pipe(
            z.string(),
            z.transform((raw) => readText(raw).trim()),
          ),
          schemaOfShape(shape),
        )
      : z.pipe(
          z.pipe(
            z.string(),
            z.transform((raw) => readItems(raw, separator)),
          ),
          z.array(schemaOfShape(shape)),
        );
  return schema.check(z.describe(description));
}

const readItems = (raw: string, separator: Separator) =>
  readList(raw, separator)
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** A whole group: each key optional, an unknown one refused. */
export function schemaOfGroup<T extends object>(fields: Fields<T>) {
  const entries = Object.entries<Field<unknown>>(fields);
  return z.strictObject(Object.fromEntries(entries.map(([key, field]) => [key, z.optional(schemaOfField(field))])));
}
