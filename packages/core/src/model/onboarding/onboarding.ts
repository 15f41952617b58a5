/**
 * Onboarding (OnboardingAfter): a machine without a way out becomes an access point with a page on which someone chooses a Wi-Fi
 * network for it. What is remembered of that.
 */
import type { Instant } from '@connman/base';
import type { NetworkSecurity, SecretRef } from '@connman/contracts';
import type { Ipv4Address } from '@connman/inet';
import type { ServiceSettings } from '../service/settings';

/** OnboardingAfter, OnboardingName and OnboardingPassphrase. */
export interface OnboardingSettings {
  readonly afterMs: number;
  /** Hexadecimal. */
  readonly ssid: string;
  /** Absent: an open access point. */
  readonly passphrase?: SecretRef;
}

export interface HeardNetwork {
  /** Hexadecimal. */
  readonly ssid: string;
  readonly security: NetworkSecurity;
  /** 0 to 100. */
  readonly strength: number;
}

/** A network that the page's user wants joined. */
export interface OnboardingAttempt {
  readonly ssid: string;
  readonly passphrase?: SecretRef;
  /** It has failed then. */
  readonly until: Instant;
  /** Once it is heard: the service, and the settings it had before. */
  readonly service?: string;
  readonly before?: ServiceSettings;
}

export interface Onboarding {
  /**
   * `off`: there is a way out, or one may come yet. `open`: the access point is on, or about to be. `joining`: a network is tried,
   * beside the access point where another radio can. `looking`: it is off for a moment, as known networks may be back.
   */
  phase: 'off' | 'open' | 'joining' | 'looking';
  /** Since when there is no way out; undefined while there is one. */
  aloneSince: Instant | undefined;
  /** When `open` or `looking` ends by itself. */
  until: Instant | undefined;
  attempt: OnboardingAttempt | undefined;
  /** Why the last attempt failed, in a sentence; empty if none has. */
  failure: string;
  /** As last heard by a radio that was free. */
  networks: readonly HeardNetwork[];
}

export function newOnboarding(): Onboarding {
  return {
    ...{ phase: 'off', aloneSince: undefined, until: undefined, attempt: undefined, failure: '', networks: [] },
  };
}

/** What the page shows, and where. */
export interface PortalView {
  /** Of the access point, which the page is at. */
  readonly address: Ipv4Address;
  readonly networks: readonly HeardNetwork[];
  /** Hexadecimal, of the network that is tried. */
  readonly joining?: string;
  readonly failure: string;
}

/** The strongest of each name and kind of security, the best first. */
export function heard(networks: Iterable<HeardNetwork>): readonly HeardNetwork[] {
  const best = new Map<string, HeardNetwork>();
  for (const network of networks) {
    const key = `${network.ssid} ${network.security}`;
    if (network.strength > (best.get(key)?.strength ?? -1)) best.set(key, network);
  }
  return [...best.values()].sort((a, b) => b.strength - a.strength).slice(0, mostNetworks);
}

const mostNetworks = 64;
