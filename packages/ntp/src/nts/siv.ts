/** AEAD_AES_SIV_CMAC_256 (RFC 5297, RFC 5116 section 5.3 interface), the algorithm every NTS server has. */

/** Loaded when there is something to seal: a client of plain NTP goes without. */
const crypto = () => require('node:crypto') as typeof import('node:crypto');

const blockBytes = 16;
export const keyBytes = 32;
export const tagBytes = blockBytes;

/** @returns the synthetic IV, which is the tag, and behind it the ciphertext. */
export function seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Uint8Array {
  const iv = s2v(key.subarray(0, blockBytes), [associated, nonce, plain]);
  const out = new Uint8Array(blockBytes + plain.length);
  out.set(iv);
  out.set(ctr(key.subarray(blockBytes), iv, plain), blockBytes);
  return out;
}

/** @returns undefined if anything of it was changed on the way, or the key is another one. */
export function open(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < blockBytes) return undefined;
  const iv = sealed.subarray(0, blockBytes);
  const plain = ctr(key.subarray(blockBytes), iv, sealed.subarray(blockBytes));
  const expected = s2v(key.subarray(0, blockBytes), [associated, nonce, plain]);
  return crypto().timingSafeEqual(expected, iv) ? plain : undefined;
}

/** S2V of RFC 5297 section 2.4: one block out of several texts. */
export function s2v(key: Uint8Array, texts: readonly Uint8Array[]): Uint8Array {
  const cmac = cmacOf(key);
  let sum = cmac(new Uint8Array(blockBytes));
  for (const text of texts.slice(0, -1)) sum = xor(double(sum), cmac(text));
  const last = texts.at(-1) ?? new Uint8Array();
  if (last.length < blockBytes) return cmac(xor(double(sum), padded(last)));
  const end = new Uint8Array(last);
  end.set(xor(end.subarray(-blockBytes), sum), end.length - blockBytes);
  return cmac(end);
}

/** CMAC (RFC 4493) with this key. */
function cmacOf(key: Uint8Array): (text: Uint8Array) => Uint8Array {
  const first = double(block(key, new Uint8Array(blockBytes)));
  const second = double(first);
  return (text) => {
    const isWhole = text.length > 0 && text.length % blockBytes === 0;
    const lastAt = isWhole ? text.length - blockBytes : text.length - (text.length % blockBytes);
    const tail = text.subarray(lastAt);
    const chained = new Uint8Array(lastAt + blockBytes);
    chained.set(text.subarray(0, lastAt));
    chained.set(isWhole ? xor(tail, first) : xor(padded(tail), second), lastAt);
    return cbc(key, chained).subarray(-blockBytes);
  };
}

function cbc(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  return crypto().createCipheriv('aes-128-cbc', key, new Uint8Array(blockBytes)).setAutoPadding(false).update(blocks);
}

function block(key: Uint8Array, one: Uint8Array): Uint8Array {
  return crypto().createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(one);
}

function ctr(key: Uint8Array, iv: Uint8Array, text: Uint8Array): Uint8Array {
  // A copy also of a Buffer, whose slice() is none.
  const counter = new Uint8Array(iv);
  // RFC 5297 section 2.5: two bits are cleared, so that a counter of 32 bits does not carry over.
  counter[8] = (counter[8] as number) & 0x7f;
  counter[12] = (counter[12] as number) & 0x7f;
  return new Uint8Array(crypto().createCipheriv('aes-128-ctr', key, counter).update(text));
}

/** Times x in GF(2^128). */
function double(value: Uint8Array): Uint8Array {
  const out = new Uint8Array(blockBytes);
  let carry = 0;
  for (let i = blockBytes - 1; i >= 0; i--) {
    const byte = value[i] as number;
    out[i] = (byte << 1) | carry;
    carry = byte >>> 7;
  }
  out[blockBytes - 1] = (out[blockBytes - 1] as number) ^ (carry * 0x87);
  return out;
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] as number));
}

function padded(text: Uint8Array): Uint8Array {
  const out = new Uint8Array(blockBytes);
  out.set(text);
  out[text.length] = 0x80;
  return out;
}
