/**
 * A stream of bytes cut into messages.
 *
 * Messages are read where they lie in the chunk; only one that spans chunks is copied, once, into a buffer of its size.
 * What is larger than this program reads is stepped over without being kept.
 */
import type { DecodeError } from '@connman/base';
import { type Frame, fixedHeaderBytes, type Header, type Message, messageType, readFrame, readHeader } from './message';

export interface SizeLimits {
  /** Largest call or signal that is read, in bytes. */
  readonly unsolicitedBytes: number;
  /** Largest reply that is read, in bytes. */
  readonly replyBytes: number;
}

export type Incoming =
  | { readonly kind: 'message'; readonly message: Message }
  /** Larger than the limit: its body was not kept. */
  | { readonly kind: 'too-large'; readonly header: Header; readonly bytes: number }
  /** The header does not follow the specification; the message was stepped over. */
  | { readonly kind: 'unreadable'; readonly error: DecodeError }
  /** No one knows where the next message begins: the connection is of no use any more. */
  | { readonly kind: 'broken'; readonly error: DecodeError };

const maxHeaderOfLarge = 64 * 1024;
const maxWaitingFds = 1024;
const nothing: Buffer = Buffer.alloc(0);

export class Framer {
  private readonly limits: SizeLimits;
  private readonly closeFd: (fd: number) => void;
  private chunk: Buffer = nothing;
  private at = 0;
  private owned = true;
  /** A message of which only the beginning is there. */
  private partial: { readonly frame: Frame; readonly bytes: Buffer; filled: number } | undefined;
  private skipping = 0;
  private waitingFds: number[] = [];

  constructor(limits: SizeLimits, closeFd: (fd: number) => void) {
    this.limits = limits;
    this.closeFd = closeFd;
  }

  /** True if bytes wait to be read; they may be less than a message. */
  get waiting(): boolean {
    return this.at < this.chunk.length;
  }

  /** The bytes may be used until `keep` is called. */
  push(bytes: Uint8Array, fds: readonly number[]): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.waiting) {
      this.chunk = Buffer.concat([this.chunk.subarray(this.at), chunk]);
      this.owned = true;
    } else {
      this.chunk = chunk;
      this.owned = false;
    }
    this.at = 0;
    if (fds.length > 0) this.waitingFds.push(...fds);
    while (this.waitingFds.length > maxWaitingFds) this.closeFd(this.waitingFds.shift() as number);
  }

  /** Call before the pushed bytes become invalid: what has not been read is copied. */
  keep(): void {
    if (this.owned) return;
    this.chunk = this.waiting ? Buffer.from(this.chunk.subarray(this.at)) : nothing;
    this.at = 0;
    this.owned = true;
  }

  /** Forgets everything and closes the file descriptors that wait. */
  clear(): void {
    for (const fd of this.waitingFds) this.closeFd(fd);
    this.waitingFds = [];
    this.chunk = nothing;
    this.at = 0;
    this.partial = undefined;
  }

  /** The next message that is there, or undefined until more is pushed. */
  next(): Incoming | undefined {
    if (this.skipping > 0 && !this.skip()) return undefined;
    if (this.partial) return this.fill(this.partial);
    const available = this.chunk.length - this.at;
    if (available < fixedHeaderBytes) return undefined;
    const read = readFrame(this.chunk, this.at);
    if (!read.ok) {
      this.clear();
      return { kind: 'broken', error: read.error };
    }
    const frame = read.value;
    const wanted = this.tooLarge(frame) ? Math.min(frame.fieldsEnd, maxHeaderOfLarge) : frame.bytes;
    if (available < wanted) {
      this.partial = { frame, bytes: Buffer.alloc(wanted), filled: 0 };
      return this.fill(this.partial);
    }
    const start = this.at;
    this.at += wanted;
    return this.parse(frame, this.chunk, start, wanted);
  }

  private tooLarge(frame: Frame): boolean {
    const reply = frame.type === messageType.reply || frame.type === messageType.error;
    return frame.bytes > (reply ? this.limits.replyBytes : this.limits.unsolicitedBytes);
  }

  private skip(): boolean {
    const count = Math.min(this.skipping, this.chunk.length - this.at);
    this.at += count;
    this.skipping -= count;
    return this.skipping === 0;
  }

  private fill(partial: NonNullable<typeof this.partial>): Incoming | undefined {
    const copied = this.chunk.copy(partial.bytes, partial.filled, this.at);
    this.at += copied;
    partial.filled += copied;
    if (partial.filled < partial.bytes.length) return undefined;
    this.partial = undefined;
    return this.parse(partial.frame, partial.bytes, 0, partial.bytes.length);
  }

  private parse(frame: Frame, bytes: Buffer, start: number, length: number): Incoming {
    this.skipping = frame.bytes - length;
    if (length < frame.fieldsEnd)
      return { kind: 'unreadable', error: { layer: 'dbus', offset: 12, reason: 'the header is larger than 64 KiB' } };
    const read = readHeader(bytes, start, frame);
    if (!read.ok) return { kind: 'unreadable', error: read.error };
    const header = read.value;
    const fds = header.unixFds > 0 ? this.waitingFds.splice(0, header.unixFds) : noFds;
    if (this.tooLarge(frame)) {
      for (const fd of fds) this.closeFd(fd);
      return { kind: 'too-large', header, bytes: frame.bytes };
    }
    const message = header as Header & { littleEndian: boolean; body: Uint8Array; fds: readonly number[] };
    message.littleEndian = frame.littleEndian;
    message.body = bytes.subarray(start + frame.bodyStart, start + frame.bytes);
    message.fds = fds;
    return { kind: 'message', message };
  }
}

const noFds: readonly number[] = [];
