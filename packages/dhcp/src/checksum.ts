/** The Internet checksum (RFC 1071). */

/** The sum of 16-bit words, an odd last byte filled up with zero; of at most 64 KiB, so that it is an exact number. */
export function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let total = 0;
  for (let i = start; i < end; i += 2)
    total += ((bytes[i] as number) << 8) | (i + 1 < end ? (bytes[i + 1] as number) : 0);
  return total;
}

/** Of the one's complement sum. */
export function onesComplement(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}
