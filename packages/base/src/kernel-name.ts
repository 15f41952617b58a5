/**
 * Names that the kernel takes as bytes (interfaces, files): UTF-8 where they are, and otherwise kept byte for byte, each byte
 * above 127 as a lone surrogate U+DC80 to U+DCFF (as PEP 383 has it), which no text of UTF-8 can hold.
 */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const escaped = /[\udc80-\udcff]/u;
const escapes = 0xdc00;

export function decodeKernelName(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : escapes + byte)).join('');
  }
}

/** The very bytes that it was decoded from. */
export function encodeKernelName(name: string): Uint8Array {
  if (!escaped.test(name)) return encoder.encode(name);
  return Uint8Array.from(name, (c) => c.charCodeAt(0) & 0xff);
}
