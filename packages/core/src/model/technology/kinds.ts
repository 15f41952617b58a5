/**
 * What sets one kind of technology apart from another, a row each. A new kind is a row here and a driver; no other file asks
 * which type a device or a service is of.
 */
import type { DeviceFact, NetworkFact, TechnologyType } from '@connman/contracts';

export interface TechnologyKind {
  /** The Name property, and the group of /var/lib/connman/settings. */
  readonly name: string;
  /** Enable, where nothing is stored (ConnMan rule 32). */
  readonly enabledByDefault: boolean;
  /** A device is in one network at a time: connecting to another one leaves it (rule 57). */
  readonly onePerDevice: boolean;
  /** When the network goes: the service goes with it (a cable), or only its connection ends and is restored if possible. */
  readonly lossEnds: 'service' | 'connection';
  /** Connects as soon as it appears, whatever else is connected (rule 80). */
  readonly connectsAtOnce: boolean;
  /** Favorite and AutoConnect of a new service: by main.conf, or fixed (rule 65). */
  readonly newServices: 'by-configuration' | { readonly favorite: boolean; readonly autoConnect: boolean };
  /** A stored service that does not say so is a favorite: ConnMan does not store it for these. */
  readonly favoriteUnlessStored: boolean;
  /** Service.Remove works (rule 67). */
  readonly removable: boolean;
  /** Ends other connections, and is ended by them, under SingleConnectedTechnology (rule 92). */
  readonly countsForSingleConnected: boolean;
  /**
   * Its links are tunnels through another service's: it needs one that is connected, brings its own addresses, and its driver
   * ends each attempt by itself, however long its user is asked.
   */
  readonly isTunnel: boolean;
  /** Its links come with a connection and are down until they are set up, which its drivers leave to us. */
  readonly linksComeDown: boolean;
  /**
   * Its networks are other machines, shown as peers and not as services: not stored, in no order, no way to anywhere else, and not
   * restored when they go.
   */
  readonly isPeer: boolean;
  /** Its networks are paid by the byte, as far as one can guess. */
  readonly isMetered: boolean;
  /** A switch of the system (rfkill) blocks its devices (rule 36). */
  readonly drivenByRfkill: boolean;
  /** Its radios keep to the rules of a country (rule 48). */
  readonly isRegulated: boolean;
  /** Its networks can be shown another hardware address than the device's own. */
  readonly hidesAddress: boolean;
  /**
   * How its devices share a connection: as they are, as ports of a bridge; as an access point with a name of its own; or by letting the
   * links of others into the bridge.
   */
  readonly sharesAs: 'port' | 'access-point' | 'server';
  /** The longest pauses between attempts, in milliseconds: to connect again after a failure, to get a lost network back. */
  readonly pauses: { readonly retryMs: number; readonly restoreMs: number };
  /** Networks weaker than this do not become services (rule 76); 0 for all. */
  readonly minStrength: number;
  /** Absent: its networks are known without scanning. */
  readonly scan?: ScanSchedule;
  /** Of kinds whose links are devices without a driver: what is in them is one network, which service identifiers call this. */
  readonly cable?: string;
  /** The service a network belongs to: networks with one identifier are one service. */
  serviceId(device: DeviceFact, network: NetworkFact): string;
}

/** Pauses before each scan in a row, in milliseconds; the last one repeats. */
export interface ScanSchedule {
  /** Of the frequencies alone on which known networks were used last. */
  readonly known: readonly number[];
  /** Other frequencies that each of these takes along, in turn: so many of the likely ones, so many of the rest. */
  readonly besides: { readonly likely: readonly number[]; readonly ofLikely: number; readonly ofRest: number };
  /** Of the same, at most, while a pass over all frequencies is under way. */
  readonly knownBetweenSteps: number;
  /** Of all frequencies, hidden networks by name. */
  readonly full: readonly number[];
  /** A scan that has not ended by then has been lost. */
  readonly limitMs: number;
  /** None but those that users ask for. */
  readonly isOnRequest?: true;
}

const peerPrefix = 'peer_';

/** Whether an identifier is a peer's; no type's name begins so. */
export const isPeerId = (id: string): boolean => id.startsWith(peerPrefix);

const byDeviceAndGroup =
  (type: TechnologyType) =>
  (device: DeviceFact, network: NetworkFact): string =>
    `${type}_${device.ident}_${network.group}`;

const common = {
  enabledByDefault: false,
  onePerDevice: true,
  lossEnds: 'connection',
  connectsAtOnce: false,
  newServices: 'by-configuration',
  favoriteUnlessStored: false,
  removable: true,
  countsForSingleConnected: true,
  isTunnel: false,
  linksComeDown: false,
  isPeer: false,
  isMetered: false,
  drivenByRfkill: false,
  isRegulated: false,
  hidesAddress: false,
  sharesAs: 'port',
  pauses: { retryMs: 10_000, restoreMs: 4_000 },
  minStrength: 0,
} as const;

/** In the order of services that have nothing else between them (rule 96). */
const kinds: { readonly [T in TechnologyType]: TechnologyKind } = {
  ethernet: {
    ...common,
    name: 'Wired',
    enabledByDefault: true,
    favoriteUnlessStored: true,
    lossEnds: 'service',
    connectsAtOnce: true,
    removable: false,
    cable: 'cable',
    serviceId: byDeviceAndGroup('ethernet'),
  },
  wifi: {
    ...common,
    name: 'WiFi',
    drivenByRfkill: true,
    isRegulated: true,
    hidesAddress: true,
    sharesAs: 'access-point',
    minStrength: 20,
    scan: {
      // A scan of one or two frequencies takes a tenth of a second: often enough to find a network within five seconds.
      known: [0, 1_000, 1_000, 2_000, 2_000, 2_000, 2_000, 3_000, 4_000],
      // A tenth of a second each: those on which most access points are within 12 s, all within two minutes.
      besides: { likely: [2412, 2437, 2462, 5180, 5220, 5745], ofLikely: 2, ofRest: 1 },
      knownBetweenSteps: 1_500,
      full: [0, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000],
      limitMs: 10_000,
    },
    serviceId: byDeviceAndGroup('wifi'),
  },
  cellular: {
    ...common,
    name: 'Cellular',
    isMetered: true,
    linksComeDown: true,
    drivenByRfkill: true,
    serviceId: byDeviceAndGroup('cellular'),
  },
  bluetooth: {
    ...common,
    name: 'Bluetooth',
    // What phones share.
    isMetered: true,
    linksComeDown: true,
    drivenByRfkill: true,
    // Nothing says when a device is in range again, and each attempt pages it for seconds.
    pauses: { retryMs: 60_000, restoreMs: 60_000 },
    sharesAs: 'server',
    serviceId: byDeviceAndGroup('bluetooth'),
  },
  vpn: {
    ...common,
    name: 'VPN',
    enabledByDefault: true,
    onePerDevice: false,
    newServices: { favorite: true, autoConnect: false },
    favoriteUnlessStored: true,
    removable: false,
    countsForSingleConnected: false,
    isTunnel: true,
    serviceId: (_, network) => `vpn_${network.group}`,
  },
  gadget: {
    ...common,
    name: 'Gadget',
    lossEnds: 'service',
    connectsAtOnce: true,
    removable: false,
    cable: 'usb',
    serviceId: byDeviceAndGroup('gadget'),
  },
  p2p: {
    ...common,
    name: 'P2P',
    newServices: { favorite: false, autoConnect: false },
    countsForSingleConnected: false,
    isPeer: true,
    scan: {
      ...{ known: [], besides: { likely: [], ofLikely: 0, ofRest: 0 }, knownBetweenSteps: 0, full: [] },
      // Rule 175: it takes 30 s.
      limitMs: 35_000,
      isOnRequest: true,
    },
    serviceId: ({ ident }, { group }) => `${peerPrefix}${ident}_${group}`,
  },
};

export function kindOf(type: TechnologyType): TechnologyKind {
  return kinds[type];
}

/** The type a service identifier of storage begins with; undefined for none of ours. */
export function typeOfServiceId(id: string): TechnologyType | undefined {
  const type = id.slice(0, id.indexOf('_'));
  return Object.hasOwn(kinds, type) ? (type as TechnologyType) : undefined;
}

/** As services are ordered that have nothing else between them. */
export const technologyTypesInOrder = Object.keys(kinds) as readonly TechnologyType[];
