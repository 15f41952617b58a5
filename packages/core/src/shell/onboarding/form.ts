/** What comes from the page of the onboarding access point, which anyone near may send: read with limits, and never logged. */
import { err, ok, type Result, Secret } from '@connman/base';

export interface Chosen {
  /** Hexadecimal. */
  readonly ssid: string;
  /** Absent where none was entered. */
  readonly passphrase?: Secret;
  /** That the form came with. */
  readonly token: string;
}

/** More than a form of the page ever has, also where each byte is written as three. */
export const mostFormBytes = 1024;

const mostSsidBytes = 32;

/** The body of a form (application/x-www-form-urlencoded). @returns what is wrong with it, in a sentence for the page. */
export function readForm(body: Uint8Array): Result<Chosen, string> {
  const fields = decode(body);
  if (!fields) return err('The form could not be read.');
  const ssid = fields.get('ssid') ?? '';
  if (!/^([0-9a-f]{2})+$/.test(ssid) || ssid.length > 2 * mostSsidBytes) return err('Choose a network.');
  const text = fields.get('passphrase') ?? '';
  if (text !== '' && !isPassphrase(text)) return err('A passphrase has 8 to 63 characters.');
  const passphrase = text === '' ? {} : { passphrase: new Secret(text) };
  return ok({ ssid, ...passphrase, token: fields.get('token') ?? '' });
}

/** Of 8 to 63 bytes without control characters, or the key itself (IEEE 802.11, annex J.4). */
function isPassphrase(text: string): boolean {
  const bytes = Buffer.from(text);
  if (bytes.some((byte) => byte < 0x20 || byte === 0x7f)) return false;
  return (bytes.length >= 8 && bytes.length <= 63) || /^[0-9a-fA-F]{64}$/.test(text);
}

/** Undefined where it is no form in UTF-8, or has a field twice. */
function decode(body: Uint8Array): ReadonlyMap<string, string> | undefined {
  if (body.length > mostFormBytes) return undefined;
  const fields = new Map<string, string>();
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    for (const pair of text.split('&')) {
      const [name = '', value = '', ...more] = pair
        .split('=')
        .map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
      if (more.length > 0 || fields.has(name)) return undefined;
      fields.set(name, value);
    }
  } catch {
    return undefined;
  }
  return fields;
}
