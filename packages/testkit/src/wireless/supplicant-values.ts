/** What the scripted wpa_supplicant says of access points, and what it reads of network blocks. */
import { bool, bytes, int16, str, uint16, uint32, type Variant } from '@connman/dbus';
import { macToBytes } from '@connman/inet';
import type { AccessPoint } from './scripted-air';

export type Values = ReadonlyMap<string, Variant> | Readonly<Record<string, Variant>>;

export interface Block {
  readonly ssid: string;
  readonly passphrase?: string;
  readonly keyManagement: string;
}

export function isFit({ security }: AccessPoint, { keyManagement }: Block): boolean {
  if (security === 'none') return keyManagement === 'NONE';
  const psk = keyManagement.includes('WPA-PSK') && security !== 'sae';
  return psk || (keyManagement.includes('SAE') && security !== 'psk');
}

export function bssProperties(ap: AccessPoint): Map<string, Variant> {
  return new Map<string, Variant>([
    ['BSSID', bytes(macToBytes(ap.bssid))],
    ['SSID', bytes(new TextEncoder().encode(ap.ssid))],
    ['Signal', int16(ap.signalDbm)],
    ['Frequency', uint16(ap.frequency)],
    ['Privacy', bool(ap.security !== 'none')],
    ['Mode', str('infrastructure')],
    ['IEs', bytes(securityElement(ap))],
    ['Age', uint32(0)],
  ]);
}

/** RSNE: CCMP, and the key managements on offer (IEEE 802.11-2020 section 9.4.2.24). */
function securityElement({ security }: AccessPoint): Uint8Array {
  const suites = { none: [], psk: [2], sae: [8], transition: [2, 8] }[security];
  if (suites.length === 0) return new Uint8Array(0);
  const oui = [0x00, 0x0f, 0xac];
  const body = [1, 0, ...oui, 4, 1, 0, ...oui, 4, suites.length, 0, ...suites.flatMap((one) => [...oui, one]), 0x80, 0];
  return Uint8Array.from([0x30, body.length, ...body]);
}

export function variantOf(values: Values, name: string): Variant | undefined {
  return values instanceof Map ? values.get(name) : (values as Readonly<Record<string, Variant>>)[name];
}

export function textOf(values: Values, name: string): string | undefined {
  return variantOf(values, name)?.as('s');
}

export function blockOf(values: Values): Block {
  const ssid = variantOf(values, 'ssid')?.as('ay') ?? new Uint8Array(0);
  const passphrase = textOf(values, 'psk');
  const keyManagement = textOf(values, 'key_mgmt') ?? '';
  return { ssid: new TextDecoder().decode(ssid), keyManagement, ...(passphrase !== undefined && { passphrase }) };
}
