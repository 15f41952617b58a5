/** The engine's whole memory. Its values are immutable; a stage changes the world by putting a new value in a table. */
import type { Instant } from '@connman/base';
import type { DeviceId, NetworkId, TechnologyType } from '@connman/contracts';
import type { Duid, IpAddress, Ipv4Address, Ipv6Address } from '@connman/inet';
import type { RegisteredPeerService, UserRoute } from './events';
import { AgentTable } from './model/agent/agent-registry';
import type { FormerlyBorrowed } from './model/borrowed';
import { type ClockState, clockOf, clockSettingsOf } from './model/clock/clock';
import type { EngineConfig } from './model/config';
import type { Device } from './model/device/device';
import { DeviceTable } from './model/device/device-table';
import { type LinkState, untouchedLink, type Verdict } from './model/device/link-state';
import { LinkStateTable } from './model/device/link-state-table';
import type { TunnelLock } from './model/firewall/tunnel-firewall';
import { isGenerationPath } from './model/ipconfig/address-generation';
import type { Desired } from './model/ipconfig/desired';
import type { Dhcp6Wish } from './model/ipconfig/dhcp-state';
import type { KeptLease, KeptLease6 } from './model/ipconfig/kept-lease';
import { PendingChanges } from './model/ipconfig/pending-changes';
import { countService, type Metrics, newMetrics } from './model/metrics/metrics';
import type { Network } from './model/network/network';
import { NetworkTable } from './model/network/network-table';
import { InquiryTable } from './model/observed/inquiry-table';
import { emptyObserved, type Observed } from './model/observed/tables';
import { newOnboarding, type Onboarding } from './model/onboarding/onboarding';
import { initialOnlineState, type OnlineState } from './model/online/online-machine';
import type { DnsPlan } from './model/resolver/dns-plan';
import type { Proposal } from './model/service/proposal';
import type { Provision } from './model/service/provision';
import { linkOf, type Service } from './model/service/service';
import { ServiceTable } from './model/service/service-table';
import type { ServiceSettings } from './model/service/settings';
import { StoredServiceTable } from './model/service/stored-service-table';
import { Recent } from './model/table/recent';
import { kindOf } from './model/technology/kinds';
import type { Scanning } from './model/technology/scanning';
import type { GlobalSettings } from './model/technology/stored-settings';
import { newTechnology, type Technology } from './model/technology/technology';
import { handedOutFormerly, type KeptTethering, newTethering, type Tethering } from './model/tethering/tethering';
import type { Trial } from './model/trial/trial';
import { WayTable } from './model/uplink/way-table';

/** What was read from storage before the first event. */
export interface Stored {
  readonly global: GlobalSettings;
  /** By service identifier. */
  readonly services: ReadonlyMap<string, ServiceSettings>;
  /** Of a former run of this boot, by service identifier. */
  readonly leases: ReadonlyMap<string, KeptLease>;
  readonly leases6: ReadonlyMap<string, KeptLease6>;
  readonly borrowed: FormerlyBorrowed;
  /** The IPv6 prefix of this machine's own, a /48 below fd00::/8: as it was kept, or a random one. */
  readonly uniqueLocal: Ipv6Address;
  /** What a former run of this boot shared and did not end. */
  readonly tethering?: KeptTethering;
}

export interface Provisions {
  all: readonly Provision[];
  /** They were read again, and are to be applied. */
  isFresh: boolean;
  /** By service: what its settings were made of. */
  readonly applied: Map<string, Provision>;
}

export interface World {
  /** Another one after main.conf was read again. */
  config: EngineConfig;
  now: Instant;
  wall: number;
  /** False until the first picture of the kernel is in. */
  synced: boolean;
  readonly observed: Observed;
  /** Links that have their final name, with the DEVTYPE of their uevent. */
  readonly settledLinks: Map<number, string>;
  /** By ifindex: whether each link is managed, as last decided. */
  readonly verdicts: Map<number, Verdict>;
  /** Links that networks of drivers go by, or have gone by, with the driver's name: none of them is a cable of its own. */
  readonly driverLinks: Map<number, string>;
  /** What we did to links, by ifindex. */
  readonly linkStates: LinkStateTable;
  readonly devices: DeviceTable;
  readonly networks: NetworkTable;
  /** Of the devices there are, and of those there were. */
  readonly technologies: Map<TechnologyType, Technology>;
  readonly storedTechnologies: GlobalSettings['technologies'];
  /** Drivers whose radios a key or lever of the machine silences (rfkill, rule 37). */
  readonly hardBlocked: Set<string>;
  readonly scanning: Map<DeviceId, Scanning>;
  readonly tethering: Tethering;
  readonly onboarding: Onboarding;
  /** Networks whose driver was told to leave them, and when. */
  readonly leaving: Map<NetworkId, Instant>;
  /** The number of the last association attempt. */
  lastAttempt: number;
  /** A change that has to prove itself; one at a time. */
  trial: Trial | undefined;
  /** Settings that are being saved, by service identifier. */
  readonly proposals: Map<string, Proposal>;
  /** Settings of services that are not around now, by identifier. */
  readonly storedServices: StoredServiceTable;
  readonly services: ServiceTable;
  /**
   * Services that have changed, or one of whose networks or devices has; links that have, or what we do to them, or the service
   * that goes by them. What a stage makes of each service or link it makes of these alone.
   */
  readonly recent: { readonly services: Recent<string>; readonly links: Recent<number> };
  /** Identifiers of the services, the default one first. */
  order: readonly string[];
  offlineMode: boolean;
  sessionMode: boolean;
  /** What sessions say of their owners' traffic. */
  userRoutes: readonly UserRoute[];
  /** Observed objects that are ours without our mark (plan.ts). */
  readonly adopted: Set<string>;
  /** What was planned for last. */
  desired: Desired;
  readonly pendingChanges: PendingChanges;
  /** Links seen in the first picture of the kernel whose configuration may be a former run's. */
  readonly adoptable: Set<number>;
  /** Kill switches that hold, by service identifier; undefined for one of a former run whose tunnel is not known again yet. */
  readonly locks: Map<string, TunnelLock | undefined>;
  /** Tunnels that a former run left, by ifindex, and until when their driver may take them up. */
  readonly awaitedTunnels: Map<number, Instant>;
  /** The same of radios and the like. */
  readonly awaitedLinks: Map<number, Instant>;
  /** Links whose routers have names to tell that we have not heard, or that are over soon, by ifindex. */
  readonly namesAwaited: Set<number>;
  /** Routers that were asked which prefixes they still have. */
  readonly inquiries: InquiryTable;
  /** The DHCP clients that run, by ifindex: what each was started for. */
  readonly dhcpClients: Map<number, { readonly key: string; readonly service: string }>;
  readonly dhcp6Clients: Map<number, Dhcp6Wish & { readonly key: string; readonly service: string }>;
  /** Who we are to DHCPv6 servers, where a service has no DUID of its own; made when it is needed first. */
  duid?: Duid;
  /** Leases that are not given back, by service identifier; some may be over. */
  readonly leases: Map<string, KeptLease>;
  /** Those of a former run that no link was found to have yet. */
  readonly formerLeases: Map<string, KeptLease>;
  /** The same of DHCPv6. */
  readonly leases6: Map<string, KeptLease6>;
  readonly formerLeases6: Map<string, KeptLease6>;
  /** Of a former run, until the first picture of the kernel is in. */
  formerMtus: FormerlyBorrowed['mtus'];
  /** The same of how addresses are made (addr_gen_mode), by their paths. */
  formerGenerations: ReadonlySet<string>;
  /** The DHCP servers of groups of peers that this machine owns, by ifindex: the network of each. */
  readonly peerServers: Map<number, Ipv4Address>;
  /** All that clients offer to peers, in the order in which they came. */
  readonly peerServices: RegisteredPeerService[];
  /** Settings of source checks (rp_filter) that are loosened, by their paths. */
  readonly loosened: Set<string>;
  readonly provisions: Provisions;
  online: OnlineState;
  /**
   * Connected services with a data budget: the bytes they had carried in this connection at the last count that was kept; undefined
   * before the first one. `leavingCounts`: of connections that have just ended, for their last count.
   */
  readonly counts: Map<string, number | undefined>;
  readonly leavingCounts: Map<string, number | undefined>;
  /** When they are counted next, and when they were last. */
  countDueAt: Instant | undefined;
  countedAt: Instant | undefined;
  /** Of the uplinks, where there are several, by service and family. */
  readonly ways: WayTable;
  /** Counts down. */
  lastUplinkCheck: number;
  clock: ClockState;
  /** Whose rules radios keep to (ISO 3166-1); empty for what they find by themselves. */
  country: string;
  readonly agents: AgentTable;
  lastAgentRequest: number;
  /** How names are resolved; undefined before anything was connected. */
  dnsPlan: DnsPlan | undefined;
  /** Name servers of the network that the kernel booted from, for as long as they count. */
  bootNames: { readonly servers: readonly IpAddress[]; readonly until: Instant } | undefined;
  /** Links on which names below .local are asked. */
  multicastNames: ReadonlySet<number>;
  readonly metrics: Metrics;
  /** JSON of what was last handed out, so that only a difference is handed out again. */
  readonly handedOut: Map<string, string>;
}

export function newWorld(config: EngineConfig, stored: Stored): World {
  const observed = emptyObserved();
  const world: World = {
    config,
    now: 0 as Instant,
    wall: 0,
    synced: false,
    observed,
    settledLinks: new Map(),
    verdicts: new Map(),
    driverLinks: new Map(),
    linkStates: new LinkStateTable(),
    devices: new DeviceTable(),
    networks: new NetworkTable(),
    technologies: new Map(),
    storedTechnologies: stored.global.technologies,
    hardBlocked: new Set(),
    scanning: new Map(),
    tethering: newTethering(stored.tethering, stored.uniqueLocal, stored.borrowed.sysctls),
    onboarding: newOnboarding(),
    leaving: new Map(),
    lastAttempt: 0,
    trial: undefined,
    proposals: new Map(),
    storedServices: new StoredServiceTable(stored.services),
    services: new ServiceTable(),
    recent: { services: new Recent(), links: observed.recent },
    order: [],
    offlineMode: stored.global.offlineMode,
    sessionMode: false,
    userRoutes: [],
    adopted: new Set(),
    desired: { links: [], addresses: [], routes: [], rules: [] },
    pendingChanges: new PendingChanges(),
    adoptable: new Set(),
    locks: new Map(),
    awaitedTunnels: new Map(),
    awaitedLinks: new Map(),
    namesAwaited: new Set(),
    inquiries: new InquiryTable(),
    dhcpClients: new Map(),
    dhcp6Clients: new Map(),
    ...duidOf(stored),
    leases: new Map(),
    formerLeases: new Map(stored.leases),
    leases6: new Map(),
    formerLeases6: new Map(stored.leases6),
    formerMtus: stored.borrowed.mtus,
    formerGenerations: new Set(stored.borrowed.sysctls.filter(isGenerationPath)),
    peerServers: new Map(),
    peerServices: [],
    loosened: new Set(stored.borrowed.sysctls.filter((path) => path.endsWith('/rp_filter'))),
    provisions: { all: [], isFresh: false, applied: new Map() },
    online: initialOnlineState,
    counts: new Map(),
    leavingCounts: new Map(),
    ...{ countDueAt: undefined, countedAt: undefined },
    ways: new WayTable(),
    lastUplinkCheck: 0,
    clock: clockOf(stored.global),
    country: '',
    agents: new AgentTable(),
    lastAgentRequest: 0,
    dnsPlan: undefined,
    bootNames: undefined,
    multicastNames: new Set(),
    metrics: newMetrics(),
    handedOut: new Map(stored.tethering ? handedOutFormerly() : []),
  };
  watch(world);
  world.services.onChange((id, before, now) => countService(world.metrics, id, before, now, world.now));
  return world;
}

/** What changes is recent, and so is what it means something for. */
function watch({ services, networks, devices, driverLinks, linkStates, recent, verdicts }: World): void {
  const addLink = (ifindex: number | undefined) => {
    if (ifindex !== undefined) recent.links.add(ifindex);
  };
  services.onChange((id, before, now) => {
    recent.services.add(id);
    addLink(before && linkOf(before));
    addLink(now && linkOf(now));
    // What waited for the outcome of an attempt.
    if (before?.connection && !now?.connection) addLink(devices.get(before.connection.device)?.ifindex);
  });
  networks.onChange((_, before, now) => {
    if (before) recent.services.add(before.serviceId);
    if (now) recent.services.add(now.serviceId);
    // A modem's link looks like a cable's until its driver says whose it is.
    if (now?.link.kind !== 'up' || kindOf(now.type).cable !== undefined || driverLinks.has(now.link.ifindex)) return;
    driverLinks.set(now.link.ifindex, devices.get(now.device)?.driver ?? now.type);
    if (verdicts.delete(now.link.ifindex)) addLink(now.link.ifindex);
  });
  devices.onChange((id, before, now) => {
    addLink(before?.ifindex);
    addLink(now?.ifindex);
    for (const { serviceId } of networks.byDevice.of(id)) recent.services.add(serviceId);
  });
  linkStates.onChange(addLink);
}

function duidOf({ services }: Stored): { readonly duid?: Duid } {
  for (const { duid } of services.values()) if (duid) return { duid };
  return {};
}

/** With what is stored of technologies that have no device. */
export function globalSettingsOf(world: World): GlobalSettings {
  const technologies = { ...world.storedTechnologies };
  for (const technology of world.technologies.values()) {
    const { type, enabled, tetheringFreq, tethering } = technology;
    const { tetheringIdentifier, tetheringPassphrase, tetheringHidden } = technology;
    technologies[type] = {
      ...{ enable: enabled, tetheringFreq },
      ...(world.config.persistentTethering && { tethering }),
      ...(tetheringIdentifier !== undefined && { tetheringIdentifier }),
      ...(tetheringPassphrase && { tetheringPassphrase }),
      ...(tetheringHidden !== undefined && { tetheringHidden }),
    };
  }
  return { offlineMode: world.offlineMode, technologies, ...clockSettingsOf(world.clock) };
}

/** The technology of that type, which exists from its first device on. */
export function technologyOf(world: World, type: TechnologyType): Technology {
  const known = world.technologies.get(type);
  if (known) return known;
  const technology = newTechnology(type, globalSettingsOf(world));
  world.technologies.set(type, technology);
  const { sharings } = world.tethering;
  const isStored = technology.tethering && world.config.persistentTethering;
  if (isStored && !sharings.has(type)) sharings.set(type, { phase: 'awaited' });
  return technology;
}

/** Whether every device of that type is silenced by a switch of the machine. */
export function isHardBlocked({ devices, hardBlocked }: World, type: TechnologyType): boolean {
  if (hardBlocked.size === 0) return false;
  const ofType = devices.byType.of(type);
  return ofType.length > 0 && ofType.every(({ driver }) => hardBlocked.has(driver));
}

export function linkStateOf(world: World, ifindex: number): LinkState {
  return world.linkStates.get(ifindex) ?? untouchedLink;
}

/** The service that is connected by a link; a link carries one at most. */
export function serviceOfLink(world: World, ifindex: number): Service | undefined {
  return world.services.byLink.first(ifindex);
}

/** The recent services, and those that go by recent links. */
export function recentServices({ services, recent }: World): Service[] {
  const ids = new Set(recent.services.keys());
  for (const ifindex of recent.links.keys()) for (const { id } of services.byLink.of(ifindex)) ids.add(id);
  return [...ids].flatMap((id) => services.get(id) ?? []);
}

/** The link a service goes by, or would go by; undefined while its device has none. */
export function placeOf(world: World, service: Service): number | undefined {
  return linkOf(service) ?? deviceOfService(world, service)?.ifindex;
}

/** The network a service is connected by, or the first one it could be connected by. */
export function networkOfService(world: World, { connection, networks }: Service): Network | undefined {
  const network = connection?.network ?? networks[0];
  return network && world.networks.get(network);
}

/** The device a service is connected by, or the first one it could be connected by. */
function deviceOfService(world: World, { connection, networks }: Service): Device | undefined {
  const network = connection?.network ?? networks[0];
  const device = network && world.networks.get(network)?.device;
  return device && world.devices.get(device);
}
