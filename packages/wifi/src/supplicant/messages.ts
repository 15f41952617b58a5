/** What goes in and out of a radio's machine: wpa_supplicant's signals and answers, and the calls it is to get. */
import type { Secret } from '@connman/base';
import type { TechnologyCommand, TechnologyEvent } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import type { AirEvent } from '../nl80211/air';
import type { Bss } from '../radio/networks';

/** The values of the property State (wpa_supplicant's D-Bus documentation). */
export type SupplicantState =
  | 'disconnected'
  | 'inactive'
  | 'scanning'
  | 'authenticating'
  | 'associating'
  | 'associated'
  | '4way_handshake'
  | 'group_handshake'
  | 'completed'
  | 'interface_disabled'
  | 'unknown';

/** Properties of an interface, as far as they changed. */
export interface InterfaceChange {
  readonly state?: SupplicantState;
  /** Object path of the BSS in use; `/` for none. */
  readonly currentBss?: string;
  readonly currentNetwork?: string;
  /** Of the last disconnection: negative if it began on this side. */
  readonly disconnectReason?: number;
  readonly authStatus?: number;
  readonly assocStatus?: number;
  /** How the association is secured, once it is complete: 'SAE', 'WPA2-PSK', 'EAP-PEAP'. */
  readonly authMode?: string;
}

/** What this build of wpa_supplicant and this radio can do. */
export interface InterfaceAbilities {
  /** SSIDs one scan can ask for by name, the wildcard included. */
  readonly maxScanSsids: number;
  readonly sae: boolean;
  readonly owe: boolean;
  readonly fastTransition: boolean;
  readonly sha256: boolean;
  readonly suiteB192: boolean;
  readonly accessPoint: boolean;
  readonly p2p: boolean;
}

export type RadioEvent =
  | { readonly kind: 'command'; readonly command: TechnologyCommand }
  /** wpa_supplicant has the interface, created now or found. */
  | {
      readonly kind: 'interface';
      readonly path: string;
      readonly abilities: InterfaceAbilities;
      /** MHz, as the driver contract has them. */
      readonly scanSteps: readonly (readonly number[])[];
      readonly state: InterfaceChange;
      readonly bsss: readonly (readonly [path: string, bss: Bss])[];
      /** The link's address, and the one it has when no network is to see another. */
      readonly address: MacAddress;
      readonly ownAddress: MacAddress;
    }
  /** The link keeps the address it has. */
  | { readonly kind: 'address-refused'; readonly reason: string }
  | { readonly kind: 'interface-gone' }
  | { readonly kind: 'changed'; readonly change: InterfaceChange }
  /** New, changed or heard once more; `age` in whole seconds, of the last time that it was heard. */
  | { readonly kind: 'bss'; readonly path: string; readonly bss: Bss; readonly age: number }
  | { readonly kind: 'bss-gone'; readonly path: string }
  | { readonly kind: 'scan-done'; readonly ok: boolean }
  | { readonly kind: 'network-request'; readonly field: string; readonly text: string }
  | { readonly kind: 'certificate'; readonly depth: number; readonly sha256: string }
  | { readonly kind: 'eap'; readonly status: string; readonly parameter: string }
  | { readonly kind: 'wps-credentials'; readonly key: Secret | undefined }
  | { readonly kind: 'wps-failed'; readonly reason: string }
  | { readonly kind: 'station'; readonly mac: MacAddress; readonly joined: boolean }
  /** The answer to a call that had a number. */
  | { readonly kind: 'answered'; readonly call: number; readonly path: string }
  | { readonly kind: 'refused'; readonly call: number; readonly error: string; readonly text: string }
  /** No scan is under way in the kernel. */
  | { readonly kind: 'no-scan' }
  /** What the kernel heard: it alone says which message of SAE was refused; and the end of any scan. */
  | { readonly kind: 'air'; readonly event: AirEvent }
  | { readonly kind: 'blocked'; readonly blocked: boolean }
  | { readonly kind: 'timer'; readonly timer: RadioTimer };

export type RadioTimer = 'attempt' | 'linger' | 'scan' | 'address' | 'create';

/** One property of a network block. Text is quoted by wpa_supplicant where its configuration file has quotes. */
export type BlockValue = string | number | Uint8Array | Secret;
export type NetworkBlock = Readonly<Record<string, BlockValue>>;

export type SupplicantCall =
  | { readonly method: 'create-interface'; readonly bridge?: string }
  | { readonly method: 'remove-interface' }
  /** Whole network afresh: see `ssids` of the command scan. */
  | { readonly method: 'scan'; readonly ssids: readonly string[]; readonly frequencies: readonly number[] }
  | { readonly method: 'abort-scan' }
  | { readonly method: 'add-network'; readonly block: NetworkBlock }
  | { readonly method: 'select-network'; readonly network: string }
  | { readonly method: 'remove-network'; readonly network: string }
  | { readonly method: 'remove-networks' }
  /** Changes settings of a network; one that is in use loses its connection. */
  | { readonly method: 'change-network'; readonly network: string; readonly block: NetworkBlock }
  | { readonly method: 'disconnect' }
  | { readonly method: 'add-blob'; readonly name: string; readonly content: Uint8Array | Secret }
  | { readonly method: 'remove-blob'; readonly name: string }
  | { readonly method: 'reply'; readonly network: string; readonly field: string; readonly value: Secret }
  | { readonly method: 'start-wps'; readonly pin?: Secret }
  | { readonly method: 'cancel-wps' }
  | {
      readonly method: 'set';
      readonly property: 'Country' | 'SaePwe' | 'ScanResValidForConnect';
      readonly value: string;
    }
  /** Scans while not connected show a random address. */
  | { readonly method: 'randomize-scans' }
  | { readonly method: 'set-ap-scan'; readonly value: 0 | 1 | 2 };

export type RadioEffect =
  | { readonly kind: 'report'; readonly event: TechnologyEvent }
  /** With a number its answer comes back as an event; without one a refusal is logged. */
  | { readonly kind: 'call'; readonly call: SupplicantCall; readonly number?: number }
  | { readonly kind: 'set-address'; readonly mac: MacAddress }
  /** Ends a scan that wpa_supplicant does not know of: answered by `no-scan`, or by the end of it. */
  | { readonly kind: 'end-foreign-scan' }
  /** The link has another access point. */
  | { readonly kind: 'forget-unresolved' }
  /** Rings once after so many milliseconds; replaces the one of the same name. */
  | { readonly kind: 'timer'; readonly timer: RadioTimer; readonly ms: number }
  | { readonly kind: 'cancel'; readonly timer: RadioTimer }
  | { readonly kind: 'log'; readonly level: 'info' | 'warning' | 'debug'; readonly text: string };
