/** What is known of the network at hand, from the command to join it until it is left or lost. */
import type { Secret } from '@connman/base';
import type { NetworkId, StrongSecurity } from '@connman/contracts';
import type { NetworkKey } from '../radio/networks';
import type { NetworkBlock } from './messages';
import type { Inquest } from './verdict';

/** As an attempt begins. */
export interface MembershipStart {
  readonly key: NetworkKey;
  readonly attempt: number;
  readonly inquest: Inquest;
  readonly wps?: boolean;
  readonly blobs?: readonly string[];
  /** SSIDs of the network's encrypted twins (OWE transition mode) in hexadecimal: they hide, and answer by name alone. */
  readonly twins?: readonly string[];
  readonly learnsCertificate?: boolean;
}

export interface Membership extends Required<MembershipStart> {
  readonly network: NetworkId;
  phase: 'preparing' | 'joining' | 'up' | 'lingering';
  /** Object path of its block in wpa_supplicant; empty until it is added, or while WPS finds one. */
  block: string;
  /** MHz, where access points of the network were heard; kept for longer than wpa_supplicant remembers them. */
  readonly frequencies: Set<number>;
  /** Channels that are still to be scanned for an access point, one scan each. */
  toSearch: readonly (readonly number[])[];
  /** What is searched for was heard since the search began: wpa_supplicant joins it. */
  isHeardAgain: boolean;
  /** What the server showed, while none was expected. */
  certificate: string;
  /** What was learned of the network and its block does not demand yet. */
  toDemand: NetworkBlock | undefined;
  credentials: Secret | undefined;
  lostBy: number;
  extended: boolean;
  /** Nothing weaker will do. */
  used: StrongSecurity | undefined;
}

export function membership(network: NetworkId, frequencies: Iterable<number>, start: MembershipStart): Membership {
  return {
    ...{ network, wps: false, blobs: [], twins: [], learnsCertificate: false },
    ...{ phase: 'preparing', block: '', frequencies: new Set(frequencies), toSearch: [], isHeardAgain: false },
    ...{ certificate: '', toDemand: undefined, credentials: undefined, lostBy: 0, extended: false, used: undefined },
    ...start,
  };
}
