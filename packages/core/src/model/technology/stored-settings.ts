/** What of the technologies outlives the daemon: the part of /var/lib/connman/settings the engine rules over. */
import type { SecretRef, TechnologyType } from '@connman/contracts';
import type { ClockSettings } from '../clock/clock';

export interface GlobalSettings extends ClockSettings {
  readonly offlineMode: boolean;
  /** Those that are stored. */
  readonly technologies: { readonly [T in TechnologyType]?: StoredTechnologySettings };
}

export interface StoredTechnologySettings {
  /** Absent: the kind's default. */
  readonly enable?: boolean;
  /** `Tethering.Freq` in MHz; absent until it is saved once. */
  readonly tetheringFreq?: number;
  /** `Tethering`; absent without PersistentTetheringMode. */
  readonly tethering?: boolean;
  readonly tetheringIdentifier?: string;
  readonly tetheringPassphrase?: SecretRef;
  /** Not ConnMan's; absent until it is set. */
  readonly tetheringHidden?: boolean;
}
