/** Switches that silence radios (linux/rfkill.h): soft ones that programs set, hard ones that a key or a lever sets. */

export type RadioType = 'wlan' | 'bluetooth' | 'wwan';

export interface RadioBlock {
  /** Every switch of the type is soft blocked. */
  readonly soft: boolean;
  /** Every switch of the type is hard blocked: programs cannot lift that. */
  readonly hard: boolean;
}

export interface Rfkill {
  /**
   * Calls back soon and at each change; a type without a switch is not blocked. The returned function ends it.
   * Throws OsError when the device cannot be read.
   */
  watch(type: RadioType, listener: (block: RadioBlock) => void): () => void;
  /** Sets or lifts the soft block of all switches of the type, present and future ones. Throws OsError. */
  block(type: RadioType, blocked: boolean): void;
}
