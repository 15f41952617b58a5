/** The engine's whole memory. Its values are immutable; a stage changes the world by putting a new value in a map. */
import type { Instant } from '@connman/base';
import { type AgentState, initialAgentState } from './model/agent/agent-registry';
import type { EngineConfig } from './model/config';
import type { Device, Verdict } from './model/device/device';
import { PendingChanges } from './model/ipconfig/pending-changes';
import { emptyObserved, type Observed } from './model/observed/tables';
import { initialOnlineState, type OnlineState } from './model/online/online-machine';
import type { Service, ServiceSettings } from './model/service/service';
import type { GlobalSettings } from './model/technology/stored-settings';
import { ethernetTechnology, type Technology } from './model/technology/technology';

/** What was read from storage before the first event. */
export interface Stored {
  readonly global: GlobalSettings;
  /** By service identifier. */
  readonly services: ReadonlyMap<string, ServiceSettings>;
}

export interface World {
  readonly config: EngineConfig;
  now: Instant;
  wall: number;
  /** False until the first picture of the kernel is in. */
  synced: boolean;
  readonly observed: Observed;
  /** Links that have their final name, with the DEVTYPE of their uevent. */
  readonly settledLinks: Map<number, string>;
  /** By ifindex: whether each link is managed, as last decided. */
  readonly verdicts: Map<number, Verdict>;
  /** Managed links by ifindex. */
  readonly devices: Map<number, Device>;
  technology: Technology;
  /** Settings of services that are not around now, by identifier. */
  readonly storedServices: Map<string, ServiceSettings>;
  readonly services: Map<string, Service>;
  /** Identifiers of the services, the default one first. */
  order: readonly string[];
  offlineMode: boolean;
  sessionMode: boolean;
  /** Observed objects that are ours without our mark (plan.ts). */
  readonly adopted: Set<string>;
  readonly pendingChanges: PendingChanges;
  /** Links seen in the first picture of the kernel whose configuration may be a former run's. */
  readonly adoptable: Set<number>;
  /** Links whose routers have names to tell that we have not heard, or that are over soon, by ifindex. */
  readonly namesAwaited: Set<number>;
  /** The DHCP clients that run, by ifindex: what each was started for. */
  readonly dhcpClients: Map<number, string>;
  online: OnlineState;
  agents: AgentState;
  lastAgentRequest: number;
  /** JSON of what was last handed out, so that only a difference is handed out again. */
  readonly handedOut: Map<string, string>;
}

export function newWorld(config: EngineConfig, stored: Stored): World {
  return {
    config,
    now: 0 as Instant,
    wall: 0,
    synced: false,
    observed: emptyObserved(),
    settledLinks: new Map(),
    verdicts: new Map(),
    devices: new Map(),
    technology: ethernetTechnology(stored.global),
    storedServices: new Map(stored.services),
    services: new Map(),
    order: [],
    offlineMode: stored.global.offlineMode,
    sessionMode: false,
    adopted: new Set(),
    pendingChanges: new PendingChanges(),
    adoptable: new Set(),
    namesAwaited: new Set(),
    dhcpClients: new Map(),
    online: initialOnlineState,
    agents: initialAgentState,
    lastAgentRequest: 0,
    handedOut: new Map(),
  };
}

export function globalSettingsOf(world: World): GlobalSettings {
  const { type, enabled, tetheringFreq } = world.technology;
  return { offlineMode: world.offlineMode, enabled: { [type]: enabled }, tetheringFreq };
}
