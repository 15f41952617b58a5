/**
 * Answers ready to be sent: lower-cased question in, packed records out, in one block of memory of fixed size.
 *
 * The block is a ring. New answers are written at its head; when head meets tail, the answer at the tail is moved to the head
 * if it was asked for since it last came by (CLOCK with two bits), and forgotten otherwise. So memory is bounded by
 * construction, nothing is ever fragmented, and a flood of names asked for once cannot push out what is in daily use. Answering
 * copies octets from the block to the datagram and counts the TTLs down on the way; it allocates nothing.
 */
import { type AnswerParts, emptyParts, writeAnswer } from '../message/answer';
import { Flag, headerLength, Rcode } from '../message/constants';
import { lowerCase } from '../message/name';
import type { Query } from '../message/query';
import type { PackedAnswer } from './packed-answer';

/** An entry's header, in 32-bit words. Behind it: key, padded to two octets; offsets of the TTLs in the body; body. */
const Word = {
  /** Octets of the whole entry, a multiple of 8. Negative: unused space up to the end of the ring. */
  SIZE: 0,
  HASH: 1,
  /** Offset + 1 of the next entry in the bucket; 0 ends the chain. */
  NEXT: 2,
  /** Second at which the TTLs of the body were true. */
  STORED: 3,
  /** Second from which on the answer is stale. */
  EXPIRES: 4,
  /** Key length | number of TTLs << 16. */
  LENGTHS: 5,
  /** Body length | flags << 16: AA, AD and the rcode of the answer. */
  BODY: 6,
  /** Answer count | authority count << 16. */
  COUNTS: 7,
  /** Additional count | variant << 16 | visits << 20 | state bits. */
  STATE: 8,
  /** What it was learned from: the ifindex, 0 for none. */
  SCOPE: 9,
  /** The server's number, for "which server answered". */
  SERVER: 10,
  /** Until this second the stale answer serves without the servers being asked; 0 while it was not tried. */
  RECHECK: 11,
  /** Where the answer section ends in the body | the same of the authority section << 16. */
  CUTS: 12,
} as const;
const wordsOfHeader = 13;
const headerOctets = wordsOfHeader * 4;

const variantShift = 16;
const visitShift = 20;
const maxVisits = 3;
const live = 1 << 24;
const refreshing = 1 << 25;
const needsAuthority = 1 << 26;

/** A bucket's chain is cut here, so that no set of names makes looking one up slow. */
const maxChain = 16;
/** Answers moved to the head for one new answer: bounds the work of one store. */
const maxMoves = 64;
/** One answer may take this share of the ring. */
const maxShare = 32;

export interface CacheOptions {
  /** Octets of the ring. Pages not yet written to cost nothing. */
  readonly capacity: number;
  /** How long an answer is kept after it expired, in seconds (RFC 8767). */
  readonly maxStaleSeconds: number;
  /** The TTL of a stale answer (RFC 8767 section 5.2). */
  readonly staleTtlSeconds: number;
  /** Ask again before an answer expires when less than this part of its lifetime is left; 0 turns it off. */
  readonly refreshShare: number;
}

export class AnswerCache {
  entries = 0;
  /** Entries given up for newer ones, since the start. */
  evictions = 0;
  /** Set by `answer`: the entry just used should be asked for again soon. Cleared by the reader. */
  refreshWanted = false;
  private readonly capacity: number;
  private readonly octets: Uint8Array;
  private readonly words: Int32Array;
  private readonly buckets: Int32Array;
  private readonly mask: number;
  private readonly options: CacheOptions;
  /** Filled again for each answer, so that answering makes no garbage. */
  private readonly parts: AnswerParts;
  /** Where the next entry goes, and the oldest one. They are equal when the ring is empty or full; `used` tells. */
  private head = 0;
  private tail = 0;
  private used = 0;

  constructor(options: CacheOptions) {
    this.options = options;
    this.capacity = Math.max(options.capacity, 4096) & ~7;
    const memory = new ArrayBuffer(this.capacity);
    this.octets = new Uint8Array(memory);
    this.parts = { ...emptyParts(0), octets: this.octets };
    this.words = new Int32Array(memory);
    // About one bucket for each entry of the size usual for an address.
    const buckets = 1 << Math.max(6, 31 - Math.clz32(this.capacity >>> 7));
    this.buckets = new Int32Array(buckets);
    this.mask = buckets - 1;
  }

  /** Octets of the ring that hold entries, forgotten ones included. */
  get usedOctets(): number {
    return this.used;
  }

  /** The entry for this question, fresh or stale; -1 if there is none. */
  find(query: Query): number {
    const { hash, variant, bytes } = query;
    const from = query.start + headerLength;
    const keyLength = query.questionEnd - from;
    const words = this.words;
    for (let next = this.buckets[hash & this.mask] as number; next !== 0; ) {
      const entry = next - 1;
      const word = entry >> 2;
      if (
        words[word + Word.HASH] === hash &&
        ((words[word + Word.LENGTHS] as number) & 0xffff) === keyLength &&
        (((words[word + Word.STATE] as number) >> variantShift) & 15) === variant &&
        this.sameKey(entry + headerOctets, bytes, from, keyLength)
      ) {
        return entry;
      }
      next = words[word + Word.NEXT] as number;
    }
    return -1;
  }

  private sameKey(keyAt: number, bytes: Uint8Array, from: number, length: number): boolean {
    const octets = this.octets;
    const nameLength = length - 4;
    for (let i = 0; i < nameLength; i++) {
      if (octets[keyAt + i] !== lowerCase[bytes[from + i] as number]) return false;
    }
    for (let i = nameLength; i < length; i++) {
      if (octets[keyAt + i] !== bytes[from + i]) return false;
    }
    return true;
  }

  isFresh(entry: number, nowSeconds: number): boolean {
    return nowSeconds < (this.words[(entry >> 2) + Word.EXPIRES] as number);
  }

  /** Whether a stale entry may still be used (RFC 8767); a remembered failure never. */
  isUsable(entry: number, nowSeconds: number): boolean {
    const rcode = ((this.words[(entry >> 2) + Word.BODY] as number) >>> 16) & Flag.RCODE;
    if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) return false;
    return nowSeconds < (this.words[(entry >> 2) + Word.EXPIRES] as number) + this.options.maxStaleSeconds;
  }

  /** The servers did not answer: the stale answer is good until `second` (RFC 8767 section 5, failure recheck timer). */
  postpone(entry: number, second: number): void {
    const word = entry >> 2;
    this.words[word + Word.RECHECK] = second;
    this.words[word + Word.STATE] = (this.words[word + Word.STATE] as number) & ~refreshing;
  }

  isPostponed(entry: number, nowSeconds: number): boolean {
    return nowSeconds < (this.words[(entry >> 2) + Word.RECHECK] as number);
  }

  serverOf(entry: number): number {
    return this.words[(entry >> 2) + Word.SERVER] as number;
  }

  scopeOf(entry: number): number {
    return this.words[(entry >> 2) + Word.SCOPE] as number;
  }

  /** Seconds until the entry expires; negative once it has. */
  remaining(entry: number, nowSeconds: number): number {
    return (this.words[(entry >> 2) + Word.EXPIRES] as number) - nowSeconds;
  }

  /**
   * Writes the answer of `entry` for `query` to `out` from `at` on, within `limit` octets (see writeAnswer). `extendedError`
   * is put into the OPT record unless negative. Returns the answer's length.
   */
  answer(
    entry: number,
    query: Query,
    nowSeconds: number,
    limit: number,
    out: Uint8Array,
    at: number,
    extendedError = -1,
  ): number {
    const words = this.words;
    const word = entry >> 2;
    const body = words[word + Word.BODY] as number;
    const lengths = words[word + Word.LENGTHS] as number;
    const state = words[word + Word.STATE] as number;
    const expires = words[word + Word.EXPIRES] as number;
    const stored = words[word + Word.STORED] as number;
    const stale = nowSeconds >= expires;
    if (((state >> visitShift) & maxVisits) < maxVisits) words[word + Word.STATE] = state + (1 << visitShift);
    else if (
      !stale &&
      (state & refreshing) === 0 &&
      expires - nowSeconds < (expires - stored) * this.options.refreshShare
    ) {
      words[word + Word.STATE] = state | refreshing;
      this.refreshWanted = true;
    }

    const { parts } = this;
    const counts = words[word + Word.COUNTS] as number;
    parts.flags = body >>> 16;
    parts.answers = counts & 0xffff;
    parts.authorities = counts >>> 16;
    parts.additional = state & 0xffff;
    parts.at = entry + headerOctets + (((lengths & 0xffff) + 1) & ~1);
    parts.ttlCount = lengths >>> 16;
    parts.bodyLength = body & 0xffff;
    const cuts = words[word + Word.CUTS] as number;
    parts.answersEnd = cuts & 0xffff;
    parts.authoritiesEnd = cuts >>> 16;
    parts.needsAuthority = (state & needsAuthority) !== 0;
    const fixedTtl = stale ? this.options.staleTtlSeconds : -1;
    return writeAnswer(query, parts, nowSeconds - stored, fixedTtl, limit, out, at, extendedError);
  }

  /**
   * Keeps an answer under `key` (see questionKey) and forgets the one it replaces. False when it is too large for the ring.
   */
  store(key: Uint8Array, hash: number, variant: number, answer: PackedAnswer, nowSeconds: number): boolean {
    const keyOctets = (key.length + 1) & ~1;
    const packed = 2 * answer.ttlCount + answer.bodyLength;
    const size = (headerOctets + keyOctets + packed + 7) & ~7;
    this.remove(key, hash, variant);
    if (size > this.capacity / maxShare) return false;
    const entry = this.reserve(size, nowSeconds);
    const { words, octets } = this;
    const word = entry >> 2;
    words[word + Word.SIZE] = size;
    words[word + Word.HASH] = hash;
    words[word + Word.STORED] = nowSeconds;
    words[word + Word.EXPIRES] = nowSeconds + answer.lifetimeSeconds;
    words[word + Word.LENGTHS] = key.length | (answer.ttlCount << 16);
    words[word + Word.BODY] = answer.bodyLength | (answer.flags << 16);
    words[word + Word.COUNTS] = answer.answers | (answer.authorities << 16);
    words[word + Word.STATE] =
      answer.additional | (variant << variantShift) | live | (answer.needsAuthority ? needsAuthority : 0);
    words[word + Word.CUTS] = answer.answersEnd | (answer.authoritiesEnd << 16);
    words[word + Word.SCOPE] = answer.scope;
    words[word + Word.SERVER] = answer.server;
    words[word + Word.RECHECK] = 0;
    octets.set(key, entry + headerOctets);
    const to = entry + headerOctets + keyOctets;
    for (let i = 0; i < packed; i++) octets[to + i] = answer.octets[answer.at + i] as number;
    this.link(entry, hash);
    this.entries++;
    return true;
  }

  /** Lets a failed refresh be tried again. */
  refreshFailed(entry: number): void {
    const at = (entry >> 2) + Word.STATE;
    this.words[at] = (this.words[at] as number) & ~refreshing;
  }

  /** Forgets what was learned from one scope, or everything. */
  flush(scope?: number): void {
    if (scope === undefined) {
      this.buckets.fill(0);
      this.head = 0;
      this.tail = 0;
      this.used = 0;
      this.entries = 0;
      return;
    }
    this.forEach((entry) => {
      if (this.scopeOf(entry) === scope) this.unlink(entry);
    });
  }

  /** Calls back with each live entry, oldest first. */
  private forEach(visit: (entry: number) => void): void {
    let at = this.tail;
    for (let left = this.used; left > 0; ) {
      const size = this.words[(at >> 2) + Word.SIZE] as number;
      if (size > 0 && ((this.words[(at >> 2) + Word.STATE] as number) & live) !== 0) visit(at);
      left -= Math.abs(size);
      at += Math.abs(size);
      if (at >= this.capacity) at = 0;
    }
  }

  private remove(key: Uint8Array, hash: number, variant: number): void {
    for (let next = this.buckets[hash & this.mask] as number; next !== 0; ) {
      const entry = next - 1;
      const word = entry >> 2;
      next = this.words[word + Word.NEXT] as number;
      if (
        this.words[word + Word.HASH] === hash &&
        ((this.words[word + Word.LENGTHS] as number) & 0xffff) === key.length &&
        (((this.words[word + Word.STATE] as number) >> variantShift) & 15) === variant &&
        this.sameKey(entry + headerOctets, key, 0, key.length)
      ) {
        this.unlink(entry);
      }
    }
  }

  private link(entry: number, hash: number): void {
    const bucket = hash & this.mask;
    this.words[(entry >> 2) + Word.NEXT] = this.buckets[bucket] as number;
    this.buckets[bucket] = entry + 1;
    let length = 1;
    let last = entry;
    for (let next = this.words[(entry >> 2) + Word.NEXT] as number; next !== 0; length++) {
      last = next - 1;
      next = this.words[(last >> 2) + Word.NEXT] as number;
    }
    if (length > maxChain) this.unlink(last);
  }

  private unlink(entry: number): void {
    const word = entry >> 2;
    const bucket = (this.words[word + Word.HASH] as number) & this.mask;
    const follower = this.words[word + Word.NEXT] as number;
    if (this.buckets[bucket] === entry + 1) this.buckets[bucket] = follower;
    else {
      let at = (this.buckets[bucket] as number) - 1;
      while (at >= 0 && this.words[(at >> 2) + Word.NEXT] !== entry + 1) {
        at = (this.words[(at >> 2) + Word.NEXT] as number) - 1;
      }
      if (at < 0) return;
      this.words[(at >> 2) + Word.NEXT] = follower;
    }
    this.words[word + Word.STATE] = (this.words[word + Word.STATE] as number) & ~live;
    this.entries--;
  }

  /** Makes room for `size` contiguous octets at the head, giving up or moving the oldest entries; returns their offset. */
  private reserve(size: number, nowSeconds: number): number {
    let moves = 0;
    for (;;) {
      const gap = this.used === 0 ? this.emptied() : this.gapAtHead();
      if (gap >= size) {
        const entry = this.head;
        this.advanceHead(size);
        return entry;
      }
      if (this.head >= this.tail && this.used < this.capacity && this.used > 0) {
        // What is left behind the head is too short: leave it unused and go on at the start of the ring.
        this.words[(this.head >> 2) + Word.SIZE] = -gap;
        this.used += gap;
        this.head = 0;
        continue;
      }
      const moved = this.dropTail(nowSeconds, moves < maxMoves);
      if (moved) moves++;
    }
  }

  private emptied(): number {
    this.head = 0;
    this.tail = 0;
    return this.capacity;
  }

  /** Contiguous free octets at the head. */
  private gapAtHead(): number {
    if (this.used >= this.capacity) return 0;
    return this.head >= this.tail ? this.capacity - this.head : this.tail - this.head;
  }

  private advanceHead(size: number): void {
    this.used += size;
    this.head += size;
    if (this.head >= this.capacity) this.head = 0;
  }

  /** Takes the oldest entry off the ring; true if it was worth moving to the head. */
  private dropTail(nowSeconds: number, mayMove: boolean): boolean {
    const { words } = this;
    const entry = this.tail;
    const word = entry >> 2;
    const size = Math.abs(words[word + Word.SIZE] as number);
    const filler = (words[word + Word.SIZE] as number) < 0;
    this.used -= size;
    this.tail += size;
    if (this.tail >= this.capacity) this.tail = 0;
    if (filler) return false;
    const state = words[word + Word.STATE] as number;
    if ((state & live) === 0) return false;
    this.unlink(entry);
    const visits = (state >> visitShift) & maxVisits;
    if (!mayMove || visits === 0 || !this.isFresh(entry, nowSeconds)) {
      this.evictions++;
      return false;
    }
    let to = this.head;
    if (this.head > entry && this.capacity - this.head < size) {
      // The head is near the end of the ring and the entry at its start: wrap first.
      const rest = this.capacity - this.head;
      words[(this.head >> 2) + Word.SIZE] = -rest;
      this.used += rest;
      to = 0;
      this.head = 0;
    }
    this.octets.copyWithin(to, entry, entry + size);
    words[(to >> 2) + Word.STATE] = (state & ~(maxVisits << visitShift)) | ((visits - 1) << visitShift);
    this.link(to, words[(to >> 2) + Word.HASH] as number);
    this.entries++;
    this.advanceHead(size);
    return true;
  }
}
