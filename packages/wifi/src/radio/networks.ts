/** Networks out of access points: BSSes with the same SSID and kind of security are one network, as its best one is heard. */
import { type DeviceId, type NetworkId, type NetworkSecurity, networkId, type WifiFacts } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import type { SecurityOffers } from './elements';

/** One BSS as a scan heard it. */
export interface Bss {
  readonly bssid: MacAddress;
  /** 0 to 32 bytes; empty, or zeros alone, when hidden. */
  readonly ssid: Uint8Array;
  readonly signalDbm: number;
  /** MHz. */
  readonly frequency: number;
  /** The capability bit: frames are encrypted, which without an RSN or WPA element means WEP. */
  readonly privacy: boolean;
  readonly offers: SecurityOffers;
}

/** What makes two BSSes one network. */
export interface NetworkKey {
  /** Lower-case hexadecimal; empty when hidden. */
  readonly ssid: string;
  readonly security: NetworkSecurity;
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

export function isHidden(ssid: Uint8Array): boolean {
  return ssid.every((byte) => byte === 0);
}

export function securityOf(bss: Bss): NetworkSecurity {
  const { offers } = bss;
  if (offers.eap) return 'ieee8021x';
  if (offers.psk || offers.sae) return 'psk';
  return bss.privacy && !offers.wpa ? 'wep' : 'none';
}

export function keyOf(bss: Bss): NetworkKey {
  const security = securityOf(bss);
  if (isTwin(bss)) return { ssid: bss.offers.twin, security };
  return { ssid: isHidden(bss.ssid) ? '' : hex(bss.ssid), security };
}

/** The encrypted one of two in OWE transition mode: it hides, and belongs to the open network that it names. */
export function isTwin({ offers }: Bss): boolean {
  return offers.wpa && offers.owe && offers.twin !== '';
}

/** As it stands in a service identifier (storage.json): `<hex SSID or hidden>_managed_<security>`. */
export function groupOf({ ssid, security }: NetworkKey): string {
  return `${ssid === '' ? 'hidden' : ssid}_managed_${security}`;
}

export function networkIdOf(device: DeviceId, key: NetworkKey): NetworkId {
  return networkId(`${device}/${groupOf(key)}`);
}

/** Reads an id of networkIdOf back. */
export function keyOfNetworkId(id: NetworkId): NetworkKey | undefined {
  const match = /\/(hidden|[0-9a-f]*)_managed_(none|wep|psk|ieee8021x)$/.exec(id);
  if (!match) return undefined;
  return { ssid: match[1] === 'hidden' ? '' : (match[1] as string), security: match[2] as NetworkSecurity };
}

/** ConnMan's scale (rule 76): 120 above dBm, 0 to 100. */
export function strengthOf(signalDbm: number): number {
  return Math.max(0, Math.min(100, 120 + signalDbm));
}

/** Control characters, which would end a D-Bus string (NUL) or act on a terminal. */
const control = /\p{Cc}/gu;

/** For display: no control characters, and no network is without a name. */
export function nameOf(ssid: string): string {
  return textOf(ssid).replace(control, '\uFFFD');
}

/** The bytes as UTF-8 where they are, as Latin-1 otherwise. */
export function textOf(ssid: string): string {
  const bytes = fromHex(ssid);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

export interface NetworkView {
  readonly key: NetworkKey;
  readonly strength: number;
  readonly wifi: WifiFacts;
}

const offerNames = [
  ['psk', 'psk'],
  ['sae', 'sae'],
  ['owe', 'owe'],
  ['wps', 'wps'],
  ['wpsPushButton', 'wps-push-button'],
] as const satisfies readonly (readonly [keyof SecurityOffers, WifiFacts['offers'][number]])[];

/** What all BSSes of a network say together; `inUse` counts before a stronger one. */
export function viewOf(key: NetworkKey, members: readonly Bss[], inUse?: MacAddress): NetworkView | undefined {
  const best = members.find((bss) => bss.bssid === inUse) ?? strongest(members);
  if (!best) return undefined;
  const offers: WifiFacts['offers'][number][] = [];
  for (const [name, offer] of offerNames) if (members.some((bss) => bss.offers[name])) offers.push(offer);
  return {
    key,
    strength: strengthOf(best.signalDbm),
    wifi: { ...key, offers, frequency: best.frequency, bssid: best.bssid },
  };
}

function strongest(members: readonly Bss[]): Bss | undefined {
  let best: Bss | undefined;
  for (const bss of members) if (!best || bss.signalDbm > best.signalDbm) best = bss;
  return best;
}
