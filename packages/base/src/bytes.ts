/**
 * Reading and writing of network byte order.
 *
 * A ByteReader never throws: a read past the end gives zero and marks the reader as failed, so that a decoder reads
 * straight through and asks once, at the end, whether all of it was there.
 */
import type { DecodeError } from './errors';

export class ByteReader {
  readonly bytes: Uint8Array;
  offset: number;
  readonly end: number;
  private failedAt = -1;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = Math.min(end, bytes.length);
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** True once a read went past the end. */
  get failed(): boolean {
    return this.failedAt >= 0;
  }

  error(layer: string): DecodeError {
    return { layer, offset: Math.max(this.failedAt, 0), reason: `cut short: needs more than ${this.end} bytes` };
  }

  private take(count: number): number {
    const start = this.offset;
    if (start + count > this.end) {
      if (this.failedAt < 0) this.failedAt = start;
      this.offset = this.end;
      return -1;
    }
    this.offset = start + count;
    return start;
  }

  uint8(): number {
    const at = this.take(1);
    return at < 0 ? 0 : (this.bytes[at] as number);
  }

  uint16(): number {
    const at = this.take(2);
    return at < 0 ? 0 : ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  uint32(): number {
    const at = this.take(4);
    if (at < 0) return 0;
    const b = this.bytes;
    return (
      (((b[at] as number) << 24) |
        ((b[at + 1] as number) << 16) |
        ((b[at + 2] as number) << 8) |
        (b[at + 3] as number)) >>>
      0
    );
  }

  /** A view of the next bytes, not a copy; empty when there are not that many. */
  view(count: number): Uint8Array {
    const at = this.take(count);
    return at < 0 ? new Uint8Array(0) : this.bytes.subarray(at, at + count);
  }

  skip(count: number): void {
    this.take(count);
  }
}

/** Grows as needed; what was not written is zero. */
export class ByteWriter {
  private buffer: Uint8Array;
  length = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  private grow(count: number): number {
    const at = this.length;
    if (at + count > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.buffer.length * 2, at + count));
      larger.set(this.buffer.subarray(0, at));
      this.buffer = larger;
    }
    this.length = at + count;
    return at;
  }

  uint8(value: number): this {
    const at = this.grow(1);
    this.buffer[at] = value;
    return this;
  }

  uint16(value: number): this {
    const at = this.grow(2);
    this.buffer[at] = value >>> 8;
    this.buffer[at + 1] = value;
    return this;
  }

  uint32(value: number): this {
    const at = this.grow(4);
    this.buffer[at] = value >>> 24;
    this.buffer[at + 1] = value >>> 16;
    this.buffer[at + 2] = value >>> 8;
    this.buffer[at + 3] = value;
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.grow(value.length);
    this.buffer.set(value, at);
    return this;
  }

  zeros(count: number): this {
    this.grow(count);
    return this;
  }

  /** Overwrites a 16-bit field written before: a length or a checksum known only afterwards. */
  putUint16(at: number, value: number): this {
    this.buffer[at] = value >>> 8;
    this.buffer[at + 1] = value;
    return this;
  }

  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}
