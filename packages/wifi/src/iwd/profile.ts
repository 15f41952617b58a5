/** A profile as iwd takes it: most in its file of the network, and some not at all. */
import { Secret } from '@connman/base';
import type { AssociationProfile } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import { noDowngrade } from '../radio/codes';
import type { NetworkKey } from '../radio/networks';
import { howToSetAddresses, type KnownNetworkSettings } from './known-network-file';

export interface ProfileCircumstances {
  /** iwd uses the hardware address that its file of a network has. */
  readonly setsAddresses: boolean;
  /** iwd has an object of the network. */
  readonly isKnownToIwd: boolean;
  /** Its access points are heard, and none offers what succeeded before. */
  readonly offersLess: boolean;
}

/** Why iwd cannot join the network as the profile wants it, in words; undefined if it can. */
export function profileFault(
  { mac, atLeast, wps }: AssociationProfile,
  { setsAddresses, isKnownToIwd, offersLess }: ProfileCircumstances,
): string | undefined {
  // iwd refuses it by itself, and does not say why.
  if (atLeast && offersLess) return noDowngrade[atLeast];
  if (mac.kind !== 'set') return undefined;
  // The network must not see another address than the one that was chosen for it.
  if (!setsAddresses) return `iwd chooses the hardware address by itself: ${howToSetAddresses}`;
  if (wps) return 'iwd cannot use another hardware address with WPS: connect with the passphrase';
  return isKnownToIwd ? undefined : 'iwd cannot use another hardware address for a network it has not heard';
}

/** Nothing. */
const none = new Secret('');

/** What iwd keeps by itself of a network that it has joined; undefined where its file is ours. */
export function secretOf({ security }: NetworkKey, { passphrase }: AssociationProfile): Secret | undefined {
  if (security === 'none') return none;
  return security === 'psk' ? passphrase : undefined;
}

/** What only iwd's file of the network can say; undefined if that is nothing. `own`: the address where no other is wanted. */
export function settingsOf(
  key: NetworkKey,
  { eap, hidden = false, atLeast, passphrase, mac }: AssociationProfile,
  own: MacAddress | undefined,
): KnownNetworkSettings | undefined {
  const address = mac.kind === 'set' ? mac.mac : own;
  if (key.security === 'ieee8021x' && eap) return { key, hidden, eap, address };
  const isDemanded = atLeast === 'owe' || (atLeast === 'sae' && passphrase !== undefined);
  return address || isDemanded ? { key, hidden, passphrase, atLeast, address } : undefined;
}
