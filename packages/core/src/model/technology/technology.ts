/** A technology: a kind of device that can be switched on and off as a whole. */
import type { Instant } from '@connman/base';
import type { SecretRef, TechnologyType } from '@connman/contracts';
import { kindOf } from './kinds';
import type { GlobalSettings } from './stored-settings';

export interface Technology {
  readonly type: TechnologyType;
  readonly name: string;
  /** MHz of a tethering network, which is stored for every type: 0 until the settings are saved once. */
  readonly tetheringFreq: number;
  /** Whether the user wants its connection shared, as it is stored with PersistentTetheringMode. */
  readonly tethering: boolean;
  /** Of kinds that share as an access point: its name and passphrase, once they were set. */
  readonly tetheringIdentifier?: string;
  readonly tetheringPassphrase?: SecretRef;
  /** It does not show its name in its beacons; absent until it is set. */
  readonly tetheringHidden?: boolean;
  /** What the user last asked for, kept on disk as Enable. */
  readonly enabled: boolean;
  /** Whether it is to be on now: enabled, unless offline mode rules. */
  readonly wanted: boolean;
  /** As its devices are: any of them up. */
  readonly powered: boolean;
  /** A Powered request that waits for the devices, at most until `deadline`. */
  readonly pending?: { readonly operation: number; readonly powered: boolean; readonly deadline: Instant };
}

export function newTechnology(type: TechnologyType, { offlineMode, technologies }: GlobalSettings): Technology {
  const kind = kindOf(type);
  const { enable = kind.enabledByDefault, tetheringFreq = 0, tethering = false, ...access } = technologies[type] ?? {};
  const power = { enabled: enable, wanted: enable && !offlineMode, powered: false };
  return { type, name: kind.name, tetheringFreq, tethering, ...access, ...power };
}

export const technologyPath = (type: string): string => `/net/connman/technology/${type}`;
