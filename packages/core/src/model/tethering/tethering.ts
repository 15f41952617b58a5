/** Sharing a connection (tethering): which technologies do, on which network, and who is served. */
import type { Instant } from '@connman/base';
import type { ClientAddress6, DeviceId, DhcpServerClient, SecretRef, TechnologyType } from '@connman/contracts';
import type { Ipv4Address, Ipv6Address, MacAddress } from '@connman/inet';
import type { FormerPrefix, SharedPrefix } from './network6';
import type { PrivateNetwork } from './private-network';

/** Rule 162. */
const ownBridgeName = 'tether';

/** The bridge whose ports the clients are behind. */
export interface BridgeChoice {
  readonly name: string;
  /** The user's (TetheringBridge): it has to exist, and is never removed. */
  readonly isLent: boolean;
  /** Clients are in the network that the bridge leads to: they get nothing of ours (TetheringThrough). */
  readonly isThrough: boolean;
}

/** `name` is TetheringBridge, empty where it is not set. */
export function bridgeChoice(name: string, through: boolean): BridgeChoice {
  if (name === '' || name === ownBridgeName) return { name: ownBridgeName, isLent: false, isThrough: false };
  return { name, isLent: true, isThrough: through };
}

/** The table of the firewall that translates; where what is shared is kept for the next run. */
export const natTable = 'connman-nat';
/** The one that counts what clients carry. */
export const countTable = 'connman-count';
export const keptTethering = 'tethering';

/** What a former run has handed out: it is handed out again or taken back. */
export function handedOutFormerly(): [string, string][] {
  return [natTable, countTable, keptTethering].map((key) => [key, 'of a former run']);
}

/** One technology that is shared. */
export interface Sharing {
  /**
   * `awaited`: stored or of a former run; begins when its technology is on. `starting`: the bridge, its ports or an access point are
   * still missing. `on`: clients are served.
   */
  readonly phase: 'awaited' | 'starting' | 'on';
  /** The SetProperty that waits for it. */
  readonly operation?: number;
  /** It is given up when it has not come on by then. */
  readonly deadline?: Instant;
  /** The link of this technology that leads out and stays out of the bridge, by its name. */
  readonly uplink?: string;
  /** A former run shared it: what it left in the kernel stands until this is taken up. */
  readonly isFormer?: true;
  /** The radio that is the access point. */
  readonly radio?: DeviceId;
  /** Of an access point that is not the technology's own (onboarding): it is not taken up by the next run. */
  readonly access?: { readonly ssid: string; readonly passphrase?: SecretRef };
  /** Devices whose driver was asked to let others in, and what it said. */
  readonly asked?: ReadonlyMap<DeviceId, 'waiting' | 'on-air' | 'refused'>;
}

/** What the next run of this boot takes up: clients' connections go on. */
export interface KeptTethering {
  /** Absent where private networks alone were, which end with the daemon, and where the bridge leads through. */
  readonly network?: Ipv4Address;
  /** The user's bridge, and the links that were put into it. */
  readonly lent?: { readonly name: string; readonly isThrough: boolean; readonly ports: readonly string[] };
  readonly prefix?: SharedPrefix;
  /** Prefixes that clients may still have. */
  readonly formerPrefixes?: readonly FormerPrefix[];
  readonly shared: readonly { readonly type: TechnologyType; readonly uplink?: string }[];
}

/** A network that is translated, and the link behind which it is. */
export interface SharedNetwork {
  readonly network: Ipv4Address;
  readonly interfaceName: string;
  /** Absent until the link exists. */
  readonly ifindex?: number;
  /** Where clients have IPv6. */
  readonly prefix?: SharedPrefix;
}

export interface Tethering {
  readonly sharings: Map<TechnologyType, Sharing>;
  /** The /24 of the bridge. */
  network: Ipv4Address | undefined;
  /** The /64 of the bridge. */
  prefix: SharedPrefix | undefined;
  /** The kernel translates IPv6, as far as is known. */
  translatesIpv6: boolean;
  /** Prefixes that it had and clients may still have. */
  formerPrefixes: readonly FormerPrefix[];
  /** The fd00::/8 prefix of this machine (RFC 4193), a /48. */
  readonly uniqueLocal: Ipv6Address;
  /** The uplink that is asked for a prefix, by ifindex. */
  delegator: number | undefined;
  /** What is advertised to clients: by which link, and JSON of what. */
  advertised: { readonly ifindex: number; readonly text: string } | undefined;
  /** Settings of the kernel that make the machine a router, by their paths. */
  readonly switches: Set<string>;
  /** The bridge in use, or to be used. */
  choice: BridgeChoice;
  /** Its link, if there is one. */
  bridge: number | undefined;
  /** It is in use by us or was by a former run, and is left when nothing is shared any more; one that is not lent is removed. */
  isBridgeOurs: boolean;
  /** Names of the links that we have put into a lent bridge. */
  readonly lentPorts: Set<string>;
  /** The kernel was asked for it and has not shown it yet. */
  isBridgeAsked: boolean;
  /** Ports, as last planned for, by ifindex. */
  ports: ReadonlySet<number>;
  /** Ports that are to lose their carrier for a moment: it tells clients to ask for an address again. */
  readonly restarting: Set<number>;
  /** With a lease of ours. */
  clients: readonly DhcpServerClient[];
  /** Of clients, by whatever way they made them. */
  addresses6: readonly ClientAddress6[];
  /** Of access points. */
  readonly stations: Map<DeviceId, readonly MacAddress[]>;
  /** JSON of what the DHCP server was started with last. */
  server: string | undefined;
  /** It works. */
  isServing: boolean;
  /** By their link's name. */
  readonly privateNetworks: Map<string, PrivateNetwork>;
  /** Links of private networks that are over and have to go, by ifindex. */
  readonly endedTunnels: Set<number>;
}

/** `borrowed`: the paths of settings that a former run has changed. */
export function newTethering(
  former: KeptTethering | undefined,
  uniqueLocal: Ipv6Address,
  borrowed: readonly string[],
): Tethering {
  const shared = (former?.shared ?? []).map(({ type, uplink }) => {
    const sharing: Sharing = { phase: 'awaited', isFormer: true, ...(uplink !== undefined && { uplink }) };
    return [type, sharing] as const;
  });
  return {
    sharings: new Map(shared),
    network: former?.network,
    prefix: former?.prefix,
    formerPrefixes: former?.formerPrefixes ?? [],
    uniqueLocal,
    delegator: undefined,
    translatesIpv6: true,
    advertised: undefined,
    switches: new Set(borrowed.filter((path) => routerSwitch.test(path))),
    choice: former?.lent ? bridgeChoice(former.lent.name, former.lent.isThrough) : bridgeChoice('', false),
    bridge: undefined,
    isBridgeOurs: former?.network !== undefined || former?.lent !== undefined,
    lentPorts: new Set(former?.lent?.ports),
    isBridgeAsked: false,
    ports: new Set(),
    restarting: new Set(),
    clients: [],
    addresses6: [],
    stations: new Map(),
    server: undefined,
    isServing: false,
    privateNetworks: new Map(),
    endedTunnels: new Set(),
  };
}

/** Whether a port of the bridge is one because we put it there. */
export function isPortOfOurs({ isBridgeOurs, choice, lentPorts }: Tethering, name: string): boolean {
  return choice.isLent ? lentPorts.has(name) : isBridgeOurs;
}

/** Whether anything is shared now or is about to be. */
export function isSharing({ sharings }: Tethering): boolean {
  for (const { phase } of sharings.values()) if (phase !== 'awaited') return true;
  return false;
}

/** Whether it is still to be seen what becomes of a former run's sharing. */
export function isAwaited(tethering: Tethering): boolean {
  return !isSharing(tethering) && [...tethering.sharings.values()].some(({ isFormer }) => isFormer);
}

/** The bridge's, and private ones. */
export function sharedNetworks(tethering: Tethering): SharedNetwork[] {
  const { network, prefix, bridge, choice, privateNetworks } = tethering;
  const networks: SharedNetwork[] = [];
  if (network !== undefined && isSharing(tethering)) {
    const ofBridge = { ...(bridge !== undefined && { ifindex: bridge }), ...(prefix && { prefix }) };
    networks.push({ network, interfaceName: choice.name, ...ofBridge });
  }
  for (const { network, interfaceName, ifindex } of privateNetworks.values()) {
    if (network !== undefined && ifindex !== undefined) networks.push({ network, interfaceName, ifindex });
  }
  return networks;
}

/** Of the settings that make the machine a router. */
const routerSwitch = /\/(ip_forward|forwarding|accept_ra)$/;

/** Clients are led to a page of this machine: all names are its address. */
export function isCaptive({ sharings }: Tethering): boolean {
  for (const { access } of sharings.values()) if (access) return true;
  return false;
}

export function isShared({ sharings }: Tethering, type: TechnologyType): boolean {
  return sharings.get(type)?.phase === 'on';
}

/**
 * Hardware addresses of those served: the stations of access points, and on cables, or where a driver does not report stations,
 * the clients with a lease.
 */
export function tetheringClients({ clients, stations, sharings }: Tethering): string[] {
  const onAir = [...stations.values()].flat();
  const isByLease = [...sharings.values()].some(
    ({ phase, radio }) => phase === 'on' && (radio === undefined || !stations.has(radio)),
  );
  return [...new Set([...onAir, ...(isByLease ? clients.map(({ mac }) => mac) : [])])];
}
