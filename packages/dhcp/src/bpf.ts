/** The few words of the classic packet filter that our filters are written in (struct sock_filter, linux/filter.h). */
import type { BpfInstruction } from '@connman/ports';

const word = 0x00;
const half = 0x08;
const byte = 0x10;
const sizes = { 4: word, 2: half, 1: byte } as const;

/** Loads 1, 2 or 4 bytes at `offset` from the network header into A. */
export function load(size: 1 | 2 | 4, offset: number): BpfInstruction {
  return { code: 0x20 | sizes[size], jt: 0, jf: 0, k: offset };
}

/** Loads from X + `offset`. */
export function loadIndexed(size: 1 | 2 | 4, offset: number): BpfInstruction {
  return { code: 0x40 | sizes[size], jt: 0, jf: 0, k: offset };
}

/** X becomes four times the low half of the byte at `offset`: the length of an IP header. */
export function headerLengthToX(offset: number): BpfInstruction {
  return { code: 0xb1, jt: 0, jf: 0, k: offset };
}

/** Skips `ifTrue` or `ifFalse` instructions, by whether A is `value`. */
export function jumpIfEqual(value: number, ifTrue: number, ifFalse: number): BpfInstruction {
  return { code: 0x15, jt: ifTrue, jf: ifFalse, k: value };
}

/** The same, by whether A and `mask` have a bit in common. */
function jumpIfAnyBit(mask: number, ifTrue: number, ifFalse: number): BpfInstruction {
  return { code: 0x45, jt: ifTrue, jf: ifFalse, k: mask };
}

export const accept: BpfInstruction = { code: 0x06, jt: 0, jf: 0, k: 0xffffffff };
export const refuse: BpfInstruction = { code: 0x06, jt: 0, jf: 0, k: 0 };

export type Check = readonly [load: BpfInstruction, jump: 'equal' | 'no-bit', value: number];

/** A program that accepts what passes all checks. */
export function allOf(checks: readonly (Check | BpfInstruction)[]): BpfInstruction[] {
  const lengths = checks.map((check) => ('code' in check ? 1 : 2));
  const total = lengths.reduce<number>((sum, length) => sum + length, 0);
  const program: BpfInstruction[] = [];
  for (const check of checks) {
    if ('code' in check) {
      program.push(check);
      continue;
    }
    const [loading, kind, value] = check;
    program.push(loading);
    // Counted from behind the jump; the refusal stands one behind the acceptance, which stands behind all checks.
    const toRefusal = total - program.length;
    program.push(kind === 'equal' ? jumpIfEqual(value, 0, toRefusal) : jumpIfAnyBit(value, toRefusal, 0));
  }
  return [...program, accept, refuse];
}
