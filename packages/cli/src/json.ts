/** Answers with --json: one line, in the shapes that docs/api/connmanctl.schema.json describes. Pure. */
import { Variant } from '@connman/dbus';
import { nameOf, type ObjectList, type PropertyMap } from './print';

/** How an answer looks: as ConnMan's client prints it, and as a JSON value. */
export interface View<T> {
  text(value: T): string;
  json(value: T): unknown;
}

/** A value of the bus: dictionaries become objects, structures and arrays become lists, object paths stay texts. */
export function jsonValue(value: unknown): unknown {
  if (value instanceof Variant) return jsonValue(value.value);
  // A number as long as a double holds it.
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [String(key), jsonValue(one)]));
  if (value instanceof Uint8Array || Array.isArray(value)) return Array.from(value, jsonValue);
  return value;
}

export const jsonProperties = (properties: PropertyMap): unknown => jsonValue(properties);

export function jsonObject(path: string, properties: PropertyMap): unknown {
  return { id: nameOf(path), path, properties: jsonProperties(properties) };
}

export const jsonObjects = (list: ObjectList): unknown =>
  list.map(([path, properties]) => jsonObject(path, properties));

export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;
