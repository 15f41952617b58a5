/** What goes in and out of the machine of a device behind iwd. */
import type { Secret } from '@connman/base';
import type { TechnologyCommand, TechnologyEvent } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import type { AirEvent } from '../nl80211/air';
import type { HeardBss } from '../nl80211/ears';
import type { KnownNetworkSettings } from './known-network-file';
import type { ServerCertificate } from './server-certificates';

export type StationState = 'connected' | 'disconnected' | 'connecting' | 'disconnecting' | 'roaming';

/** A network object of iwd. */
export interface IwdNetwork {
  /** Ends in `/<hex SSID>_<type>`. */
  readonly path: string;
  readonly type: string;
  readonly knownNetwork: string;
}

export interface DeviceState {
  readonly powered: boolean;
  readonly mode: string;
  /** Absent while the device is off or an access point. */
  readonly station?: { readonly state: StationState; readonly scanning: boolean; readonly network: string };
  /** Present while it is an access point. */
  readonly accessPoint?: { readonly started: boolean };
}

/** What iwd knows of the connection: GetDiagnostics. */
export interface Diagnostics {
  readonly bssid?: MacAddress;
  /** MHz. */
  readonly frequency?: number;
  /** 'WPA3-Personal', ... */
  readonly security?: string;
}

export type DeviceEvent =
  | { readonly kind: 'command'; readonly command: TechnologyCommand }
  | { readonly kind: 'state'; readonly state: DeviceState }
  | { readonly kind: 'network'; readonly network: IwdNetwork }
  | { readonly kind: 'network-gone'; readonly path: string }
  /** What the kernel heard. `scanned`: a scan of any program has ended; without `bsss` it was aborted. */
  | { readonly kind: 'heard'; readonly bsss?: readonly HeardBss[]; readonly scanned: boolean }
  /** The kernel did not begin a scan: another one is under way, or it cannot. */
  | { readonly kind: 'scan-answer'; readonly answer: 'busy' | 'refused' }
  | { readonly kind: 'diagnostics'; readonly diagnostics: Diagnostics }
  | { readonly kind: 'answered'; readonly call: number }
  | { readonly kind: 'refused'; readonly call: number; readonly error: string; readonly text: string }
  /** iwd's agent request; `request` goes into the answer. */
  | { readonly kind: 'asked'; readonly what: AgentQuestion; readonly request: number }
  /** What was heard on the air, from the kernel: why an attempt failed, which iwd does not say. */
  | { readonly kind: 'air'; readonly event: AirEvent }
  /** A server of 802.1X showed it; only while `watch-server` is on, and only where its frames pass the link. */
  | { readonly kind: 'server-certificate'; readonly certificate: ServerCertificate }
  | { readonly kind: 'blocked'; readonly blocked: boolean }
  | { readonly kind: 'timer'; readonly timer: DeviceTimer };

export type AgentQuestion = 'passphrase' | 'key-passphrase' | 'user-password' | 'password';
export type DeviceTimer = 'attempt' | 'linger' | 'look' | 'scan' | 'catch-up';

export type IwdCall =
  | { readonly method: 'power'; readonly powered: boolean }
  | { readonly method: 'mode'; readonly mode: 'station' | 'ap' }
  | { readonly method: 'scan' }
  | { readonly method: 'disconnect' }
  /** With settings iwd's file of the network is written first. */
  | { readonly method: 'connect'; readonly network: string; readonly settings?: KnownNetworkSettings }
  | { readonly method: 'connect-hidden'; readonly name: string }
  | { readonly method: 'forget'; readonly known: string }
  | { readonly method: 'push-button' }
  | { readonly method: 'start-pin'; readonly pin: Secret }
  | { readonly method: 'cancel-wps' }
  | { readonly method: 'start-access-point'; readonly ssid: string; readonly passphrase: Secret };

export type DeviceEffect =
  | { readonly kind: 'report'; readonly event: TechnologyEvent }
  | { readonly kind: 'call'; readonly call: IwdCall; readonly number?: number }
  /** Ask the kernel what it heard, or iwd for diagnostics: each comes back as an event. */
  | { readonly kind: 'hear' }
  | { readonly kind: 'diagnose' }
  /** Has the kernel scan: networks by name in hexadecimal, and frequencies in MHz. */
  | { readonly kind: 'scan'; readonly ssids: readonly string[]; readonly frequencies: readonly number[] }
  /** Ends the scan that is under way, also another program's. */
  | { readonly kind: 'abort-scan' }
  | { readonly kind: 'watch-server'; readonly on: boolean }
  /** iwd is to demand it from the next connection on. */
  | { readonly kind: 'keep-certificate'; readonly certificate: ServerCertificate }
  /** The link has another access point. */
  | { readonly kind: 'forget-unresolved' }
  /** Answers an agent request; refused (Canceled) if there is nothing to say. */
  | { readonly kind: 'answer'; readonly request: number; readonly texts?: readonly (string | Secret)[] }
  | { readonly kind: 'timer'; readonly timer: DeviceTimer; readonly ms: number }
  | { readonly kind: 'cancel'; readonly timer: DeviceTimer }
  | { readonly kind: 'log'; readonly level: 'info' | 'warning' | 'debug'; readonly text: string };
