/** What the bus shows of the world at one moment. */
import { bool, str, type Variant } from '@connman/dbus';
import { clockProperties } from '../../model/clock/bus-properties';
import { clockOf } from '../../model/clock/clock';

export type PropertyMap = ReadonlyMap<string, Variant>;

export interface Snapshot {
  readonly manager: PropertyMap;
  readonly clock: PropertyMap;
  /** By object path. */
  readonly technologies: ReadonlyMap<string, PropertyMap>;
  /** Hardware addresses of those a connection is shared with. */
  readonly tetheringClients: readonly string[];
  /** Settings of private networks, by object path. */
  readonly privateNetworks: ReadonlyMap<string, PropertyMap>;
  /** By object path, in service order. */
  readonly services: ReadonlyMap<string, PropertyMap>;
  /** By object path. */
  readonly peers: ReadonlyMap<string, PropertyMap>;
}

/** While there is none: one object, so that nothing is compared. */
export const noPeers: Snapshot['peers'] = new Map();

/** What is shown before the first turn. */
export const emptySnapshot: Snapshot = {
  manager: new Map([
    ['State', str('idle')],
    ['OfflineMode', bool(false)],
    ['SessionMode', bool(false)],
  ]),
  clock: clockProperties(clockOf({})),
  technologies: new Map(),
  tetheringClients: [],
  privateNetworks: new Map(),
  services: new Map(),
  peers: noPeers,
};
