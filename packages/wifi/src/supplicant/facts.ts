/** wpa_supplicant's properties as values. What is missing or of another type counts as not said. */
import type { Variant } from '@connman/dbus';
import { macFromBytes } from '@connman/inet';
import { decodeSecurity } from '../radio/elements';
import type { Bss } from '../radio/networks';
import type { InterfaceAbilities, InterfaceChange, SupplicantState } from './messages';

export type Properties = ReadonlyMap<string, Variant>;

const states = new Set<string>([
  ...['disconnected', 'inactive', 'scanning', 'authenticating', 'associating', 'associated'],
  ...['4way_handshake', 'group_handshake', 'completed', 'interface_disabled'],
]);

export function readInterfaceChange(properties: Properties): InterfaceChange {
  const state = properties.get('State')?.as('s');
  const currentBss = properties.get('CurrentBSS')?.as('o');
  const currentNetwork = properties.get('CurrentNetwork')?.as('o');
  const disconnectReason = properties.get('DisconnectReason')?.as('i');
  const authStatus = properties.get('AuthStatusCode')?.as('i');
  const assocStatus = properties.get('AssocStatusCode')?.as('i');
  const authMode = properties.get('CurrentAuthMode')?.as('s');
  return {
    ...(authMode === undefined ? {} : { authMode }),
    ...(state === undefined ? {} : { state: states.has(state) ? (state as SupplicantState) : 'unknown' }),
    ...(currentBss === undefined ? {} : { currentBss }),
    ...(currentNetwork === undefined ? {} : { currentNetwork }),
    ...(disconnectReason === undefined ? {} : { disconnectReason }),
    ...(authStatus === undefined ? {} : { authStatus }),
    ...(assocStatus === undefined ? {} : { assocStatus }),
  };
}

/** @param root the properties of the root object: what this build was made with. */
export function readAbilities(root: Properties, properties: Properties): InterfaceAbilities {
  const build = new Set(root.get('Capabilities')?.as('as') ?? []);
  const radio = properties.get('Capabilities')?.as('a{sv}') ?? new Map<string, Variant>();
  const keyManagement = new Set(radio.get('KeyMgmt')?.as('as') ?? []);
  const modes = radio.get('Modes')?.as('as') ?? [];
  return {
    maxScanSsids: radio.get('MaxScanSSID')?.as('i') ?? 1,
    sae: keyManagement.has('sae'),
    owe: keyManagement.has('owe') || build.has('owe'),
    fastTransition: keyManagement.has('wpa-ft-psk'),
    sha256: keyManagement.has('wpa-psk-sha256'),
    suiteB192: keyManagement.has('wpa-eap-suite-b-192') || build.has('suiteb192'),
    accessPoint: modes.includes('ap'),
    p2p: modes.includes('p2p'),
  };
}

/** Undefined for what is no infrastructure BSS. */
export function readBss(properties: Properties): Bss | undefined {
  const bssid = properties.get('BSSID')?.as('ay');
  if (bssid?.length !== 6 || (properties.get('Mode')?.as('s') ?? 'infrastructure') !== 'infrastructure')
    return undefined;
  return {
    bssid: macFromBytes(bssid),
    ssid: properties.get('SSID')?.as('ay') ?? new Uint8Array(0),
    signalDbm: properties.get('Signal')?.as('n') ?? -100,
    frequency: properties.get('Frequency')?.as('q') ?? 0,
    privacy: properties.get('Privacy')?.as('b') ?? false,
    offers: decodeSecurity(properties.get('IEs')?.as('ay') ?? new Uint8Array(0)),
  };
}

/** Whole seconds since the BSS was heard last. */
export function ageOf(properties: Properties): number {
  return properties.get('Age')?.as('u') ?? 0;
}

/** What a Bss is made of. wpa_supplicant reports the age of each after each scan as well, which is none of it. */
const ofBss = ['Signal', 'IEs', 'Frequency', 'Privacy', 'SSID'] as const;

/** A BSS after some of its properties changed; the same one if none of its own did. */
export function changeBss(bss: Bss, changed: Properties): Bss {
  if (!ofBss.some((name) => changed.has(name))) return bss;
  const elements = changed.get('IEs')?.as('ay');
  return {
    ...bss,
    ssid: changed.get('SSID')?.as('ay') ?? bss.ssid,
    signalDbm: changed.get('Signal')?.as('n') ?? bss.signalDbm,
    frequency: changed.get('Frequency')?.as('q') ?? bss.frequency,
    privacy: changed.get('Privacy')?.as('b') ?? bss.privacy,
    offers: elements ? decodeSecurity(elements) : bss.offers,
  };
}
