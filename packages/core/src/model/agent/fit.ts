/** Which texts can be a passphrase or a PIN at all (ConnMan rule 63). */
import type { NetworkSecurity } from '@connman/contracts';

const hexadecimal = /^[0-9a-f]*$/i;
/** WPA counts bytes; a passphrase is ASCII in the standard (IEEE 802.11 annex J), and UTF-8 where people type it. */
const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

export function isFitPassphrase(security: NetworkSecurity, text: string): boolean {
  const length = bytesOf(text);
  switch (security) {
    case 'psk':
      return length === 64 ? hexadecimal.test(text) : length >= 8 && length <= 63;
    case 'wep':
      if (length === 10 || length === 26) return hexadecimal.test(text);
      return length === 5 || length === 13;
    default:
      return true;
  }
}

/** Empty for push button. */
export function isFitPin(text: string): boolean {
  return text === '' || /^\d{8}$/.test(text);
}
