/**
 * How options lie in a message: code, length, value one after the other, a value longer than 255 bytes cut over several
 * instances (RFC 3396), and the `file` and `sname` fields used as further room (option 52, RFC 2132 section 9.3).
 */
import { ByteWriter, err, ok, type Result } from '@connman/base';

const pad = 0;
const end = 255;
const overload = 52;
const overloadFile = 1;
const overloadSname = 2;
const longestInstance = 255;

export interface FieldError {
  /** From the start of the option field; meaningless for the two older fields. */
  readonly offset: number;
  readonly reason: string;
}

/** The option field is read first, then `file`, then `sname`: the order RFC 3396 section 5 joins split values in. */
export function collectOptions(
  options: Uint8Array,
  older: { readonly file: Uint8Array; readonly sname: Uint8Array },
): Result<Map<number, Uint8Array>, FieldError> {
  const pieces = new Map<number, Uint8Array[]>();
  const failure = collectField(options, pieces);
  if (failure) return err(failure);
  const overloaded = pieces.get(overload)?.[0]?.[0] ?? 0;
  pieces.delete(overload);
  for (const [bit, field, name] of [
    [overloadFile, older.file, 'file'],
    [overloadSname, older.sname, 'sname'],
  ] as const) {
    if ((overloaded & bit) === 0) continue;
    const inside = collectField(field, pieces);
    if (inside) return err({ offset: 0, reason: `${inside.reason} in the overloaded ${name} field` });
    pieces.delete(overload);
  }
  const joined = new Map<number, Uint8Array>();
  for (const [code, parts] of pieces) joined.set(code, join(parts));
  return ok(joined);
}

/** A field without an end option is taken as far as it goes: servers of the field pad with zeros, or with nothing. */
function collectField(field: Uint8Array, pieces: Map<number, Uint8Array[]>): FieldError | undefined {
  let offset = 0;
  while (offset < field.length) {
    const code = field[offset] as number;
    if (code === end) return undefined;
    if (code === pad) {
      offset++;
      continue;
    }
    const length = field[offset + 1];
    if (length === undefined || offset + 2 + length > field.length)
      return { offset, reason: `option ${code} is cut short` };
    const value = field.subarray(offset + 2, offset + 2 + length);
    const known = pieces.get(code);
    if (known) known.push(value);
    else pieces.set(code, [value]);
    offset += 2 + length;
  }
  return undefined;
}

/** Copies: what a socket lends lives no longer than its callback. */
function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export interface EncodedFields {
  readonly options: Uint8Array;
  readonly file: Uint8Array;
  readonly sname: Uint8Array;
}

/** `room` is the size of the option field, `older` the sizes of the other two. Undefined when the options do not fit. */
export function encodeOptions(
  options: ReadonlyMap<number, Uint8Array>,
  room: number,
  older: { readonly file: number; readonly sname: number },
): EncodedFields | undefined {
  const instances = [...options].flatMap(([code, value]) => split(code, value));
  const total = instances.reduce((sum, instance) => sum + instance.length, 0);
  const empty = new Uint8Array(0);
  if (total + 1 <= room) return { options: terminate(instances), file: empty, sname: empty };

  // The overload option itself takes three bytes; each field ends with an end option. The order of instances is kept
  // across the fields, so that a split value is joined again in the right order.
  const main = { room: room - 3 - 1, instances: [] as Uint8Array[] };
  const file = { room: older.file - 1, instances: [] as Uint8Array[] };
  const sname = { room: older.sname - 1, instances: [] as Uint8Array[] };
  const fields = [main, file, sname];
  let current = 0;
  for (const instance of instances) {
    while (current < fields.length && instance.length > (fields[current]?.room ?? 0)) current++;
    const field = fields[current];
    if (!field) return undefined;
    field.instances.push(instance);
    field.room -= instance.length;
  }
  const used = (file.instances.length ? overloadFile : 0) | (sname.instances.length ? overloadSname : 0);
  return {
    options: terminate([Uint8Array.of(overload, 1, used), ...main.instances]),
    file: file.instances.length ? terminate(file.instances) : empty,
    sname: sname.instances.length ? terminate(sname.instances) : empty,
  };
}

function split(code: number, value: Uint8Array): Uint8Array[] {
  const instances: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < value.length; at += longestInstance) {
    const part = value.subarray(at, at + longestInstance);
    const instance = new Uint8Array(2 + part.length);
    instance[0] = code;
    instance[1] = part.length;
    instance.set(part, 2);
    instances.push(instance);
  }
  return instances;
}

function terminate(instances: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter();
  for (const instance of instances) writer.bytes(instance);
  return writer.uint8(end).finish();
}
