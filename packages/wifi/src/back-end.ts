/** What both back ends are to the driver: wpa_supplicant and iwd, each as it is on the bus. */
import type { Logger } from '@connman/base';
import type { TechnologyCommand, TechnologyEvent } from '@connman/contracts';
import type { Bus } from '@connman/dbus';
import type { Clock } from '@connman/ports';
import type { NetworkAddresses } from './addresses';
import type { WirelessLink, WirelessLinks } from './links';
import type { AirEvent } from './nl80211/air';
import type { Ears } from './nl80211/ears';

/** What scans may do. */
export interface ScanPolicy {
  /** While connected, a weak signal makes wpa_supplicant look for a better access point. */
  readonly background: boolean;
  /** While not connected they show a random address instead of the radio's. */
  readonly randomAddress: boolean;
}

export const usualScanning: ScanPolicy = { background: true, randomAddress: false };

export interface BackEndOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly links: WirelessLinks;
  readonly ears: Ears;
  readonly addresses: NetworkAddresses;
  readonly scanning: ScanPolicy;
  readonly onEvent: (event: TechnologyEvent) => void;
}

export interface BackEnd {
  /** It is on the bus, or is not any more. */
  setPresent(present: boolean): void;
  /** The links that it may use, whenever they change. */
  setLinks(links: readonly WirelessLink[]): void;
  /** The rfkill switches block all radios. */
  setBlocked(blocked: boolean): void;
  /** What the kernel heard of an authentication, an association or their end, and ends of scans. */
  heard(event: AirEvent): void;
  command(command: TechnologyCommand): void;
  close(): void;
}
