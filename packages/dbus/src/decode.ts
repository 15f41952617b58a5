/**
 * Bytes to values, either endianness, strictly: padding is zero, a boolean is 0 or 1, text is UTF-8 without zero bytes,
 * an array ends where its length says (D-Bus specification, "Marshaling").
 *
 * A Decoder never throws: the first fault is remembered and everything after it gives empty values. The number of values
 * is bounded, because four bytes of a hostile message can ask for a whole object.
 */
import { isUtf8 } from 'node:buffer';
import { type DecodeError, err, ok, type Result } from '@connman/base';
import { maxArrayBytes } from './encode';
import { isObjectPath } from './names';
import { kind, parseSignature, type Type } from './signature';
import { Variant } from './variant';

const maxDepth = 64;

export interface DecodeOptions {
  readonly littleEndian: boolean;
  /**
   * The file descriptors that came with the message; without them each `h` reads as -1, for readers that want none.
   * Those inside variants read as -1 always: no one could know that he has to close them.
   */
  readonly fds?: readonly number[];
  /** Most values (array elements, dictionary entries, struct members, variants) to make. */
  readonly maxValues: number;
}

export class Decoder {
  private readonly bytes: Buffer;
  private readonly base: number;
  private readonly end: number;
  private readonly little: boolean;
  private readonly fds: readonly number[] | undefined;
  private budget: number;
  private depth = 0;
  private variants = 0;
  /** Indexes of the file descriptors handed out. */
  private takenFds: Set<number> | undefined;
  private faultReason = '';
  private faultAt = -1;
  at: number;

  constructor(bytes: Buffer, base: number, end: number, options: DecodeOptions) {
    this.bytes = bytes;
    this.base = base;
    this.at = base;
    this.end = end;
    this.little = options.littleEndian;
    this.fds = options.fds;
    this.budget = options.maxValues;
  }

  get failed(): boolean {
    return this.faultAt >= 0;
  }

  get error(): DecodeError {
    return { layer: 'dbus', offset: Math.max(this.faultAt, this.base) - this.base, reason: this.faultReason };
  }

  fail(reason: string): void {
    if (this.faultAt >= 0) return;
    this.faultAt = this.at;
    this.faultReason = reason;
    this.at = this.end;
  }

  align(to: number): void {
    const over = (this.at - this.base) & (to - 1);
    if (over === 0) return;
    let left = to - over;
    if (this.at + left > this.end) return this.fail('cut short');
    for (; left > 0; left--) if (this.bytes[this.at++] !== 0) return this.fail('padding is not zero');
  }

  private take(count: number): number {
    const at = this.at;
    if (at + count > this.end) {
      this.fail('cut short');
      return -1;
    }
    this.at = at + count;
    return at;
  }

  uint8(): number {
    const at = this.take(1);
    return at < 0 ? 0 : (this.bytes[at] as number);
  }

  uint16(): number {
    this.align(2);
    const at = this.take(2);
    if (at < 0) return 0;
    const b = this.bytes;
    return this.little
      ? (b[at] as number) | ((b[at + 1] as number) << 8)
      : ((b[at] as number) << 8) | (b[at + 1] as number);
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  int32(): number {
    this.align(4);
    const at = this.take(4);
    if (at < 0) return 0;
    const b = this.bytes;
    return this.little
      ? (b[at] as number) | ((b[at + 1] as number) << 8) | ((b[at + 2] as number) << 16) | ((b[at + 3] as number) << 24)
      : ((b[at] as number) << 24) |
          ((b[at + 1] as number) << 16) |
          ((b[at + 2] as number) << 8) |
          (b[at + 3] as number);
  }

  string(): string {
    const length = this.uint32();
    return this.text(length);
  }

  signature(): string {
    return this.text(this.uint8());
  }

  private text(length: number): string {
    const at = this.take(length + 1);
    if (at < 0) return '';
    const b = this.bytes;
    if (b[at + length] !== 0) {
      this.fail('text without its closing zero byte');
      return '';
    }
    const text = b.toString('utf8', at, at + length);
    // A replacement character is either in the text or stands for bytes that are no UTF-8.
    if (text.includes('\ufffd') && !isUtf8(b.subarray(at, at + length))) this.fail('text is not UTF-8');
    else if (text.includes('\0')) this.fail('text with a zero byte in it');
    return text;
  }

  values(types: readonly Type[]): unknown[] {
    const out: unknown[] = [];
    for (let i = 0; i < types.length && this.faultAt < 0; i++) out.push(this.value(types[i] as Type));
    return out;
  }

  value(type: Type): unknown {
    if (--this.budget < 0) {
      this.fail('has more values than this program reads');
      return undefined;
    }
    switch (type.kind) {
      case kind.string:
        return this.string();
      case kind.variant:
        return this.variant();
      case kind.boolean: {
        const value = this.uint32();
        if (value > 1) this.fail('a boolean is neither 0 nor 1');
        return value === 1;
      }
      case kind.byte:
        return this.uint8();
      case kind.int16:
        return (this.uint16() << 16) >> 16;
      case kind.uint16:
        return this.uint16();
      case kind.int32:
        return this.int32();
      case kind.uint32:
        return this.uint32();
      case kind.int64:
        return BigInt.asIntN(64, this.uint64());
      case kind.uint64:
        return this.uint64();
      case kind.double: {
        this.align(8);
        const at = this.take(8);
        return at < 0 ? 0 : this.little ? this.bytes.readDoubleLE(at) : this.bytes.readDoubleBE(at);
      }
      case kind.objectPath: {
        const path = this.string();
        if (this.faultAt < 0 && !isObjectPath(path)) this.fail('an object path is malformed');
        return path;
      }
      case kind.signature: {
        const signature = this.signature();
        if (this.faultAt < 0 && !parseSignature(signature).ok) this.fail('a signature is malformed');
        return signature;
      }
      case kind.unixFd:
        return this.unixFd();
      default:
        return this.container(type);
    }
  }

  private uint64(): bigint {
    this.align(8);
    const at = this.take(8);
    return at < 0 ? 0n : this.little ? this.bytes.readBigUInt64LE(at) : this.bytes.readBigUInt64BE(at);
  }

  private unixFd(): number {
    const index = this.uint32();
    if (!this.fds || this.variants > 0) return -1;
    const fd = this.fds[index];
    if (fd === undefined) this.fail(`file descriptor ${index} did not come with the message`);
    // Two owners of one descriptor would close it twice, the second time one that has been opened since.
    else if (this.hasTaken(index)) this.fail(`file descriptor ${index} stands twice in the message`);
    else this.takenFds = (this.takenFds ?? new Set()).add(index);
    return fd ?? -1;
  }

  /** True if the file descriptor of this index has been handed out. */
  hasTaken(index: number): boolean {
    return this.takenFds?.has(index) === true;
  }

  private variant(): Variant {
    const signature = this.signature();
    if (this.faultAt >= 0) return new Variant('s', '');
    const types = parseSignature(signature);
    const type = types.ok && types.value.length === 1 ? types.value[0] : undefined;
    if (!type) {
      this.fail('the signature of a variant is not one complete type');
      return new Variant('s', '');
    }
    if (++this.depth > maxDepth) this.fail(`nests more than ${maxDepth} containers`);
    this.variants++;
    const value = this.value(type);
    this.variants--;
    this.depth--;
    return new Variant(type.signature, value);
  }

  private container(type: Type): unknown {
    if (++this.depth > maxDepth) this.fail(`nests more than ${maxDepth} containers`);
    let out: unknown;
    if (type.kind === kind.struct) {
      this.align(8);
      out = this.values(type.children);
    } else {
      out = this.array(type);
    }
    this.depth--;
    return out;
  }

  private array(type: Type): unknown {
    const length = this.uint32();
    const first = type.children[0] as Type;
    this.align(type.kind === kind.dict ? 8 : first.alignment);
    if (length > maxArrayBytes || this.at + length > this.end) {
      this.fail('an array is longer than its message');
      return type.kind === kind.dict ? new Map() : [];
    }
    const end = this.at + length;
    if (type.kind === kind.byteArray) {
      const at = this.take(length);
      // A copy: the message's own buffer is used again.
      return at < 0 ? new Uint8Array(0) : new Uint8Array(this.bytes.subarray(at, at + length));
    }
    let out: unknown;
    if (type.kind === kind.dict) {
      const valueType = type.children[1] as Type;
      const map = new Map<unknown, unknown>();
      while (this.at < end && this.faultAt < 0) {
        this.align(8);
        const key = this.value(first);
        map.set(key, this.value(valueType));
      }
      out = map;
    } else {
      const list: unknown[] = [];
      while (this.at < end && this.faultAt < 0) list.push(this.value(first));
      out = list;
    }
    if (this.faultAt < 0 && this.at !== end) this.fail('an array element goes past the end of its array');
    return out;
  }

  /** Call when everything should have been read. */
  finish(): void {
    if (this.faultAt < 0 && this.at !== this.end) this.fail('bytes are left over');
  }
}

/** The values of a whole body, which begins at a multiple of eight bytes of its message. */
export function unmarshal(
  types: readonly Type[],
  body: Uint8Array,
  options: DecodeOptions,
): Result<unknown[], DecodeError> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const decoder = new Decoder(bytes, 0, bytes.length, options);
  const values = decoder.values(types);
  decoder.finish();
  return decoder.failed ? err(decoder.error) : ok(values);
}
