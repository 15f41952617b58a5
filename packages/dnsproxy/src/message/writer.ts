/**
 * Writing a message record by record into a buffer, with compressed names. Used where an answer is not a copy of what came:
 * answers of our own, answers renamed back from a search domain, and answers stripped of what was not asked for.
 */
import { headerLength, maxMessageLength, maxNameLength, Type } from './constants';
import type { Message, ResourceRecord, Section } from './message';
import { equalNames, expandName } from './name';
import { nameLayoutOf } from './rdata';

/** Only this many names are remembered as targets for pointers: enough for what matters, and a bound on the work. */
const maxTargets = 24;
/** Pointers have 14 bits. */
const maxTargetOffset = 0x3fff;

/** A name written before, to whose suffixes a pointer may lead. */
interface Target {
  readonly at: number;
  readonly wire: Uint8Array;
  /** Only this many octets of it were written out; behind them stands a pointer. */
  readonly written: number;
}

export class MessageWriter {
  bytes: Uint8Array;
  length = 0;
  private readonly targets: Target[] = [];
  private readonly counts: [number, number, number] = [0, 0, 0];
  private readonly scratch = new Uint8Array(maxNameLength + 1);
  private overflow = false;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  /** The header with the counts to be filled in by `finish`, and the question as it is on the wire. */
  start(id: number, flags: number, question: Uint8Array): void {
    this.uint16(id);
    this.uint16(flags);
    this.uint16(question.length > 0 ? 1 : 0);
    this.raw(headerLength - 6);
    this.copy(question, 0, question.length);
    if (question.length > 4)
      this.remember(headerLength, question.subarray(0, question.length - 4), question.length - 4);
  }

  /** Appends a record with data that holds no names to compress. */
  record(section: Section, owner: Uint8Array, type: number, classNumber: number, ttl: number, data: Uint8Array): void {
    this.head(section, owner, type, classNumber, ttl);
    this.uint16(data.length);
    this.copy(data, 0, data.length);
  }

  /**
   * Appends a record of another message. `owner` replaces its name. False when a name in its data is malformed; the message
   * under construction is then to be thrown away.
   */
  transfer(message: Message, record: ResourceRecord, owner: Uint8Array): boolean {
    this.head(record.section, owner, record.type, record.class, record.ttl);
    const { bytes } = message;
    const layout = nameLayoutOf(record.type);
    const dataEnd = record.dataAt + record.dataLength;
    if (!layout) {
      this.uint16(record.dataLength);
      this.copy(bytes, record.dataAt, dataEnd);
      return true;
    }
    const lengthAt = this.length;
    this.uint16(0);
    let at = record.dataAt + layout.before;
    if (at > dataEnd) return false;
    this.copy(bytes, record.dataAt, at);
    for (let i = 0; i < layout.names; i++) {
      const length = expandName(bytes, at, dataEnd, this.scratch);
      if (length < 0) return false;
      this.name(this.scratch.slice(0, length), layout.compress);
      while ((bytes[at] as number) !== 0 && (bytes[at] as number) < 0xc0) at += 1 + (bytes[at] as number);
      at += bytes[at] === 0 ? 1 : 2;
      if (at > dataEnd) return false;
    }
    this.copy(bytes, at, dataEnd);
    const dataLength = this.length - lengthAt - 2;
    this.bytes[lengthAt] = dataLength >>> 8;
    this.bytes[lengthAt + 1] = dataLength;
    return true;
  }

  /** The finished message; undefined if it grew beyond 65535 octets. */
  finish(): Uint8Array | undefined {
    if (this.overflow) return undefined;
    for (let i = 0; i < 3; i++) {
      const count = this.counts[i] as number;
      this.bytes[6 + 2 * i] = count >>> 8;
      this.bytes[7 + 2 * i] = count;
    }
    return this.bytes.slice(0, this.length);
  }

  private head(section: Section, owner: Uint8Array, type: number, classNumber: number, ttl: number): void {
    this.counts[section]++;
    this.name(owner, type !== Type.OPT);
    this.uint16(type);
    this.uint16(classNumber);
    this.uint16(ttl >>> 16);
    this.uint16(ttl);
  }

  /** Writes a name, as a pointer from its first suffix that was written before. */
  private name(wire: Uint8Array, compress: boolean): void {
    const start = this.length;
    let at = 0;
    while (wire[at] !== 0 && at < wire.length) {
      const target = compress ? this.find(wire, at) : -1;
      if (target >= 0) {
        this.copy(wire, 0, at);
        this.uint16(0xc000 | target);
        if (at > 0) this.remember(start, wire, at);
        return;
      }
      at += 1 + (wire[at] as number);
    }
    this.copy(wire, 0, wire.length);
    if (compress) this.remember(start, wire, wire.length);
  }

  private find(wire: Uint8Array, from: number): number {
    const length = wire.length - from;
    for (const target of this.targets) {
      const skip = target.wire.length - length;
      const offset = target.at + skip;
      if (
        skip >= 0 &&
        skip < target.written &&
        offset <= maxTargetOffset &&
        isLabelStart(target.wire, skip) &&
        equalNames(target.wire, skip, wire, from, length)
      ) {
        return offset;
      }
    }
    return -1;
  }

  private remember(at: number, wire: Uint8Array, written: number): void {
    if (this.targets.length < maxTargets && wire.length > 1) this.targets.push({ at, wire: wire.slice(), written });
  }

  private raw(count: number): number {
    const at = this.length;
    if (at + count > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, at + count));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
    }
    this.length = at + count;
    if (this.length > maxMessageLength) this.overflow = true;
    return at;
  }

  private uint16(value: number): void {
    const at = this.raw(2);
    this.bytes[at] = value >>> 8;
    this.bytes[at + 1] = value;
  }

  private copy(from: Uint8Array, start: number, end: number): void {
    const at = this.raw(end - start);
    for (let i = start; i < end; i++) this.bytes[at + i - start] = from[i] as number;
  }
}

function isLabelStart(wire: Uint8Array, offset: number): boolean {
  let at = 0;
  while (at < offset) at += 1 + (wire[at] as number);
  return at === offset;
}
