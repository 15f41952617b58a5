/** The access points of a network that wpa_supplicant knows: what they offer, and by which names and channels to look for them. */
import { type Bss, groupOf, hex, isTwin, keyOf, type NetworkKey, viewOf } from '../radio/networks';
import type { Offered } from './network-block';
import type { Radio } from './radio';

export function frequenciesOf(radio: Radio, key: NetworkKey): number[] {
  return membersOf(radio, key).map((bss) => bss.frequency);
}

/** SSIDs of encrypted twins (OWE transition mode) in hexadecimal. */
export function twinsOf(radio: Radio, key: NetworkKey): string[] {
  if (key.security !== 'none' || !radio.abilities.owe) return [];
  const names = membersOf(radio, key).map((bss) => (isTwin(bss) ? hex(bss.ssid) : bss.offers.twin));
  return [...new Set(names)].filter((ssid) => ssid !== '');
}

export function offeredBy(radio: Radio, key: NetworkKey): Offered {
  const members = membersOf(radio, key);
  const offers = viewOf(key, members)?.wifi.offers;
  // A network that hides may be any of them.
  if (!offers) return { psk: true, sae: true, owe: false, suiteB192Only: false };
  return {
    psk: offers.includes('psk'),
    sae: offers.includes('sae'),
    owe: offers.includes('owe'),
    suiteB192Only: members.every((bss) => bss.offers.suiteB192Only),
  };
}

function membersOf({ bsss }: Radio, key: NetworkKey): Bss[] {
  const group = groupOf(key);
  return [...bsss.values()].filter((bss) => groupOf(keyOf(bss)) === group);
}
