/**
 * Netlink's framing (RFC 3549 section 2.2, linux/netlink.h): messages behind each other in a datagram, attributes behind
 * each other in a message, numbers in the machine's own byte order, everything aligned to four bytes.
 */

import { decodeKernelName, encodeKernelName } from '@connman/base';

/** struct nlmsghdr. */
export const HEADER_BYTES = 16;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
/** Types below this one belong to netlink itself. */
export const NLMSG_MIN_TYPE = 16;

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
/** A dump during which the table changed: entries may be missing or double. */
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;
/** In an error: the request is not quoted beyond its header. */
export const NLM_F_CAPPED = 0x100;
/** In an error: attributes follow (extended acknowledgement). */
export const NLM_F_ACK_TLVS = 0x200;

/** In an attribute's type: its value is attributes. Generic netlink insists on it. */
const NLA_F_NESTED = 0x8000;

export const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** 16 bits in the machine's order; the caller has checked that they are there. */
export function uint16(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  const second = bytes[at + 1] as number;
  return littleEndian ? first | (second << 8) : (first << 8) | second;
}

/** 32 bits in the machine's order; the caller has checked that they are there. */
export function uint32(bytes: Uint8Array, at: number): number {
  const low = uint16(bytes, at);
  const high = uint16(bytes, at + 2);
  return (littleEndian ? low | (high << 16) : (low << 16) | high) >>> 0;
}

export function int32(bytes: Uint8Array, at: number): number {
  return uint32(bytes, at) | 0;
}

/** The length rounded up to where the next message or attribute starts. */
export function aligned(length: number): number {
  return (length + 3) & ~3;
}

/** A NUL-terminated text. */
export function text(bytes: Uint8Array, start: number, end: number): string {
  let result = '';
  for (let at = start; at < end && bytes[at] !== 0; at++) {
    const byte = bytes[at] as number;
    if (byte > 0x7f) return decodeKernelName(upToZero(bytes.subarray(start, end)));
    result += String.fromCharCode(byte);
  }
  return result;
}

function upToZero(bytes: Uint8Array): Uint8Array {
  const zero = bytes.indexOf(0);
  return zero < 0 ? bytes : bytes.subarray(0, zero);
}

/** Passes over messages no one wants: where the first other one starts, at `at` or behind it. */
export type Skimmer = (bytes: Uint8Array, at: number) => number;

/** Walks over the messages of a datagram; what does not add up ends the walk. */
export class MessageReader {
  readonly bytes: Uint8Array;
  private readonly skim: Skimmer | undefined;
  type = 0;
  flags = 0;
  sequence = 0;
  /** Where the body starts. */
  start = 0;
  /** Where the message ends. */
  end = 0;
  private at = 0;

  constructor(bytes: Uint8Array, skim?: Skimmer) {
    this.bytes = bytes;
    this.skim = skim;
  }

  /** Steps to the next message; false when there is no more. */
  next(): boolean {
    const { bytes } = this;
    const at = this.skim ? this.skim(bytes, this.at) : this.at;
    if (at + HEADER_BYTES > bytes.length) return false;
    const length = uint32(bytes, at);
    if (length < HEADER_BYTES || length > bytes.length - at) return false;
    this.type = uint16(bytes, at + 4);
    this.flags = uint16(bytes, at + 6);
    this.sequence = uint32(bytes, at + 8);
    this.start = at + HEADER_BYTES;
    this.end = at + length;
    this.at = at + aligned(length);
    return true;
  }
}

/** Walks over attributes (struct nlattr); one that does not fit ends the walk. */
export class AttributeReader {
  readonly bytes: Uint8Array;
  /** Without the nested and byte-order flags. */
  type = 0;
  /** Where the value starts. */
  start = 0;
  /** Where the value ends. */
  end = 0;
  private at: number;
  private readonly limit: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.limit = Math.min(end, bytes.length);
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Steps to the next attribute; false when there is no more. */
  next(): boolean {
    const { bytes, at } = this;
    if (at + 4 > this.limit) return false;
    const length = uint16(bytes, at);
    if (length < 4 || at + length > this.limit) return false;
    this.type = uint16(bytes, at + 2) & 0x3fff;
    this.start = at + 4;
    this.end = at + length;
    this.at = at + aligned(length);
    return true;
  }

  /** The attributes inside this one. */
  nested(): AttributeReader {
    return new AttributeReader(this.bytes, this.start, this.end);
  }

  /** The value as a number of its own size; 0 if it has another. */
  number(): number {
    switch (this.length) {
      case 1:
        return this.bytes[this.start] as number;
      case 2:
        return uint16(this.bytes, this.start);
      case 4:
        return uint32(this.bytes, this.start);
      default:
        return 0;
    }
  }

  text(): string {
    return text(this.bytes, this.start, this.end);
  }
}

/** Writes one message's body; what was not written is zero. */
export class MessageWriter {
  private bytes = new Uint8Array(128);
  private length = 0;

  private reserve(count: number): number {
    const at = this.length;
    const needed = at + aligned(count);
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
    }
    this.length = needed;
    return at;
  }

  private put16(at: number, value: number): void {
    this.bytes[littleEndian ? at : at + 1] = value;
    this.bytes[littleEndian ? at + 1 : at] = value >>> 8;
  }

  private put32(at: number, value: number): void {
    this.put16(littleEndian ? at : at + 2, value & 0xffff);
    this.put16(littleEndian ? at + 2 : at, value >>> 16);
  }

  /** Bytes of the fixed header. */
  uint8s(...values: readonly number[]): this {
    this.bytes.set(values, this.reserve(values.length));
    return this;
  }

  /** One 32-bit field of the fixed header. */
  uint32(value: number): this {
    this.put32(this.reserve(4), value);
    return this;
  }

  /** One 16-bit field and two single bytes of the fixed header. */
  uint16s(first: number, second: number): this {
    const at = this.reserve(4);
    this.put16(at, first);
    this.put16(at + 2, second);
    return this;
  }

  attribute(type: number, value: Uint8Array): this {
    const at = this.reserve(4 + value.length);
    this.put16(at, 4 + value.length);
    this.put16(at + 2, type);
    this.bytes.set(value, at + 4);
    return this;
  }

  attribute32(type: number, value: number): this {
    const at = this.reserve(8);
    this.put16(at, 8);
    this.put16(at + 2, type);
    this.put32(at + 4, value);
    return this;
  }

  attribute16(type: number, value: number): this {
    const at = this.reserve(8);
    this.put16(at, 6);
    this.put16(at + 2, type);
    this.put16(at + 4, value);
    return this;
  }

  attribute8(type: number, value: number): this {
    return this.attribute(type, Uint8Array.of(value));
  }

  /** A NUL-terminated text. */
  attributeText(type: number, value: string): this {
    return this.attribute(type, encodeKernelName(`${value}\0`));
  }

  /** Attributes within an attribute. */
  attributeNested(type: number, write: (inner: MessageWriter) => void): this {
    const inner = new MessageWriter();
    write(inner);
    return this.attribute(NLA_F_NESTED | type, inner.finish());
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

/** Puts a header in front of a body, both into `datagram` at `at`; the offset behind the message. */
export function putMessage(
  datagram: Uint8Array,
  at: number,
  header: { readonly type: number; readonly flags: number; readonly sequence: number },
  body: Uint8Array,
): number {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  view.setUint32(at, HEADER_BYTES + body.length, littleEndian);
  view.setUint16(at + 4, header.type, littleEndian);
  view.setUint16(at + 6, header.flags, littleEndian);
  view.setUint32(at + 8, header.sequence, littleEndian);
  datagram.set(body, at + HEADER_BYTES);
  return at + HEADER_BYTES + aligned(body.length);
}
