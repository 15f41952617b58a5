/** What of the technologies outlives the daemon: the part of /var/lib/connman/settings the engine rules over. */
export interface GlobalSettings {
  readonly offlineMode: boolean;
  /** `Enable` by technology type. */
  readonly enabled: Readonly<Record<string, boolean>>;
  /** `Tethering.Freq` of the wired technology, in MHz; absent until it is saved once. */
  readonly tetheringFreq?: number;
}
