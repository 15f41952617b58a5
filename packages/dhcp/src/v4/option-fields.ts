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
  const collected = new Map<number, Uint8Array>();
  const failure = collectField(options, collected);
  if (failure) return err(failure);
  const overloaded = collected.get(overload)?.[0] ?? 0;
  const inside =
    ((overloaded & overloadFile) !== 0 && collectOlder(older.file, 'file', collected)) ||
    ((overloaded & overloadSname) !== 0 && collectOlder(older.sname, 'sname', collected));
  if (inside) return err(inside);
  collected.delete(overload);
  return ok(collected);
}

function collectOlder(field: Uint8Array, name: string, into: Map<number, Uint8Array>): FieldError | undefined {
  const failure = collectField(field, into);
  return failure && { offset: 0, reason: `${failure.reason} in the overloaded ${name} field` };
}

/**
 * A field without an end option is taken as far as it goes: servers of the field pad with zeros, or with nothing. Values are
 * copies: what a socket lends lives no longer than its callback.
 */
function collectField(field: Uint8Array, into: Map<number, Uint8Array>): FieldError | undefined {
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
    const value = field.slice(offset + 2, offset + 2 + length);
    const earlier = into.get(code);
    if (!earlier) into.set(code, value);
    // The same again is a server that sends its option twice; the first part of a long value fills its instance.
    else if (earlier.length >= longestInstance || !isSame(earlier, value)) into.set(code, joined(earlier, value));
    offset += 2 + length;
  }
  return undefined;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
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
  const total = sizeOf(options);
  const none = new Uint8Array(0);
  if (total + 1 <= room) {
    const writer = new ByteWriter(total + 1);
    for (const [code, value] of options) putOption(writer, code, value);
    return { options: writer.uint8(end).finish(), file: none, sname: none };
  }
  return encodeOverloaded(options, room, older, none);
}

function sizeOf(options: ReadonlyMap<number, Uint8Array>): number {
  let total = 0;
  for (const value of options.values()) {
    const instances = Math.max(1, Math.ceil(value.length / longestInstance));
    total += instances * 2 + value.length;
  }
  return total;
}

function putOption(writer: ByteWriter, code: number, value: Uint8Array): void {
  for (let at = 0; at === 0 || at < value.length; at += longestInstance) {
    const part = value.length <= longestInstance ? value : value.subarray(at, at + longestInstance);
    writer.uint8(code).uint8(part.length).bytes(part);
  }
}

function encodeOverloaded(
  options: ReadonlyMap<number, Uint8Array>,
  room: number,
  older: { readonly file: number; readonly sname: number },
  none: Uint8Array,
): EncodedFields | undefined {
  const instances = [...options].flatMap(([code, value]) => split(code, value));
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
    file: file.instances.length ? terminate(file.instances) : none,
    sname: sname.instances.length ? terminate(sname.instances) : none,
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
