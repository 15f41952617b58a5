/**
 * Values to bytes, little endian (D-Bus specification, "Marshaling").
 *
 * One Encoder gathers many messages in one zero-filled buffer that grows and is used again; alignment counts from the
 * start of the message at hand. A value that does not fit its type is this program's mistake and throws Invariant.
 */
import { Invariant } from '@connman/base';
import { isObjectPath } from './names';
import { kind, parseSignature, type Type, typeOf } from './signature';
import { Variant } from './variant';

/** Bytes of an array's content (D-Bus specification, "Marshaling"). */
export const maxArrayBytes = 64 * 1024 * 1024;
const maxDepth = 64;
const restingCapacity = 64 * 1024;

export class Encoder {
  private bytes = Buffer.alloc(4096);
  private at = 0;
  private base = 0;
  private depth = 0;
  /** The file descriptors of the message at hand, in the order of their indexes. */
  fds: number[] = [];

  get length(): number {
    return this.at;
  }

  /** Alignment counts from here on. */
  begin(): number {
    this.base = this.at;
    this.depth = 0;
    this.fds = [];
    return this.at;
  }

  /** Forgets everything written since `begin` gave `start`. */
  rollBack(start: number): void {
    // To the end: a string that failed half-way has left bytes beyond `at`.
    this.bytes.fill(0, start);
    this.at = start;
  }

  /** A copy of everything written; the encoder is empty again. */
  take(): Uint8Array {
    const out = Buffer.alloc(this.at);
    this.bytes.copy(out, 0, 0, this.at);
    if (this.bytes.length > restingCapacity) this.bytes = Buffer.alloc(4096);
    else this.bytes.fill(0, 0, this.at);
    this.at = 0;
    this.base = 0;
    return out;
  }

  private reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.bytes.length * 2, this.at + count));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  align(to: number): void {
    const over = (this.at - this.base) & (to - 1);
    if (over === 0) return;
    this.reserve(to - over);
    this.at += to - over;
  }

  uint8(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  uint32(value: number): void {
    this.align(4);
    this.reserve(4);
    this.putUint32(this.at, value);
    this.at += 4;
  }

  putUint32(at: number, value: number): void {
    const b = this.bytes;
    b[at] = value;
    b[at + 1] = value >>> 8;
    b[at + 2] = value >>> 16;
    b[at + 3] = value >>> 24;
  }

  private uint16(value: number): void {
    this.align(2);
    this.reserve(2);
    this.bytes[this.at] = value;
    this.bytes[this.at + 1] = value >>> 8;
    this.at += 2;
  }

  string(value: string): void {
    this.align(4);
    const length = value.length;
    this.reserve(5 + length * 3);
    const b = this.bytes;
    const start = this.at + 4;
    let end = start;
    if (length < 48) {
      // Short names and addresses are what travels most; a loop beats the call into C++ for them.
      for (let i = 0; i < length; i++) {
        const c = value.charCodeAt(i);
        if (c === 0) throw new Invariant('a string on the bus cannot hold a zero byte');
        if (c > 127) {
          b.fill(0, start, end);
          end = -1;
          break;
        }
        b[end++] = c;
      }
    } else {
      end = -1;
    }
    if (end < 0) {
      if (value.includes('\0')) throw new Invariant('a string on the bus cannot hold a zero byte');
      end = start + b.write(value, start, 'utf8');
    }
    this.putUint32(this.at, end - start);
    this.at = end + 1;
  }

  /** A signature that is known to be valid. */
  signature(value: string): void {
    const length = value.length;
    this.reserve(length + 2);
    const b = this.bytes;
    let at = this.at;
    b[at++] = length;
    for (let i = 0; i < length; i++) b[at++] = value.charCodeAt(i);
    this.at = at + 1;
  }

  values(types: readonly Type[], values: readonly unknown[]): void {
    if (values.length !== types.length)
      throw new Invariant(
        `${values.length} values for ${types.length} types "${types.map((t) => t.signature).join('')}"`,
      );
    for (let i = 0; i < types.length; i++) this.value(types[i] as Type, values[i]);
  }

  value(type: Type, value: unknown): void {
    switch (type.kind) {
      case kind.string:
        if (typeof value !== 'string') throw misfit(type, value);
        this.string(value);
        return;
      case kind.variant:
        this.variant(value);
        return;
      case kind.boolean:
        if (typeof value !== 'boolean') throw misfit(type, value);
        this.uint32(value ? 1 : 0);
        return;
      case kind.byte:
        this.uint8(integer(type, value, 0, 0xff));
        return;
      case kind.int16:
        this.uint16(integer(type, value, -0x8000, 0x7fff));
        return;
      case kind.uint16:
        this.uint16(integer(type, value, 0, 0xffff));
        return;
      case kind.int32:
        this.uint32(integer(type, value, -0x80000000, 0x7fffffff));
        return;
      case kind.uint32:
        this.uint32(integer(type, value, 0, 0xffffffff));
        return;
      case kind.int64:
      case kind.uint64:
        this.uint64(type, value);
        return;
      case kind.double:
        if (typeof value !== 'number') throw misfit(type, value);
        this.align(8);
        this.reserve(8);
        this.at = this.bytes.writeDoubleLE(value, this.at);
        return;
      case kind.objectPath:
        if (typeof value !== 'string' || !isObjectPath(value)) throw misfit(type, value);
        this.string(value);
        return;
      case kind.signature:
        if (typeof value !== 'string' || !parseSignature(value).ok) throw misfit(type, value);
        this.signature(value);
        return;
      case kind.unixFd:
        this.uint32(this.fds.push(integer(type, value, 0, 0x7fffffff)) - 1);
        return;
      default:
        this.container(type, value);
    }
  }

  private container(type: Type, value: unknown): void {
    if (++this.depth > maxDepth) throw new Invariant(`a value nests more than ${maxDepth} containers`);
    if (type.kind === kind.struct) {
      if (!Array.isArray(value) || value.length !== type.children.length) throw misfit(type, value);
      this.align(8);
      this.values(type.children, value);
    } else {
      this.array(type, value);
    }
    this.depth--;
  }

  private array(type: Type, value: unknown): void {
    this.uint32(0);
    const lengthAt = this.at - 4;
    const first = type.children[0] as Type;
    // The padding before the first element is there even if there is none, and does not count.
    this.align(type.kind === kind.dict ? 8 : first.alignment);
    const start = this.at;
    if (type.kind === kind.byteArray) {
      if (!(value instanceof Uint8Array)) throw misfit(type, value);
      this.reserve(value.length);
      this.bytes.set(value, this.at);
      this.at += value.length;
    } else if (type.kind === kind.array) {
      if (!Array.isArray(value)) throw misfit(type, value);
      for (let i = 0; i < value.length; i++) this.value(first, value[i]);
    } else {
      this.dict(type, value, first, type.children[1] as Type);
    }
    if (this.at - start > maxArrayBytes) throw new Invariant(`an array is larger than ${maxArrayBytes} bytes`);
    this.putUint32(lengthAt, this.at - start);
  }

  private dict(type: Type, value: unknown, keyType: Type, valueType: Type): void {
    if (value instanceof Map) {
      for (const [key, item] of value) {
        this.align(8);
        this.value(keyType, key);
        this.value(valueType, item);
      }
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const key of Object.keys(value)) {
        this.align(8);
        this.value(keyType, key);
        this.value(valueType, (value as Readonly<Record<string, unknown>>)[key]);
      }
    } else {
      throw misfit(type, value);
    }
  }

  private variant(value: unknown): void {
    if (!(value instanceof Variant)) throw new Invariant(`${describe(value)} is not a Variant`);
    if (++this.depth > maxDepth) throw new Invariant(`a value nests more than ${maxDepth} containers`);
    const type = typeOf(value.signature);
    this.signature(value.signature);
    this.value(type, value.value);
    this.depth--;
  }

  private uint64(type: Type, value: unknown): void {
    if (typeof value !== 'bigint') throw misfit(type, value);
    const signed = type.kind === kind.int64;
    if ((signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) !== value) throw misfit(type, value);
    this.align(8);
    this.reserve(8);
    this.at = signed ? this.bytes.writeBigInt64LE(value, this.at) : this.bytes.writeBigUInt64LE(value, this.at);
  }
}

function integer(type: Type, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || value < least || value > most || Math.floor(value) !== value)
    throw misfit(type, value);
  return value;
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? (value.constructor?.name ?? 'object')
    : `${typeof value} ${String(value)}`;
}

function misfit(type: Type, value: unknown): Invariant {
  return new Invariant(`${describe(value)} does not fit the D-Bus type "${type.signature}"`);
}

/** A body of its own, for tests and tools. */
export function marshal(types: readonly Type[], values: readonly unknown[]): { bytes: Uint8Array; fds: number[] } {
  const encoder = new Encoder();
  encoder.begin();
  encoder.values(types, values);
  const { fds } = encoder;
  return { bytes: encoder.take(), fds };
}
