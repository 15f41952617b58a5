/** net.connman on the bus: puts the objects of a snapshot there and signals what has changed. */
import {
  clockInterface,
  connmanError,
  peerInterface,
  serviceInterface,
  type TechnologyType,
  technologyInterface,
} from '@connman/contracts';
import type { Bus, Exported, Variant } from '@connman/dbus';
import type { Clock } from '@connman/ports';
import type { Announcement, PropertyChange } from '../publish/difference';
import { LateSubscribers } from '../publish/late-subscribers';
import type { PropertyMap, Snapshot } from '../publish/snapshot';
import type { Secrets } from '../secrets';
import type { PolicyParts } from '../session/policies';
import type { Sessions } from '../session/sessions';
import type { Statistics } from '../statistics/statistics';
import type { Calls } from './calls';
import { clockHandlers, clockOfNow } from './clock-object';
import { Counters } from './counters';
import { managerHandlers, offeredManager } from './manager-object';
import { peerHandlers } from './peer-object';
import { PeerServices } from './peer-services';
import { PrivateNetworks, type PrivateNetworksOptions } from './private-networks';
import { ProviderCalls } from './provider-calls';
import { lastElement, serviceHandlers } from './service-object';
import { technologyHandlers } from './technology-object';

/** What every object of net.connman can do. */
interface PropertyObject {
  emit(signal: 'PropertyChanged', args: readonly [string, Variant]): void;
}

export interface ConnmanBusOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly statistics: Statistics;
  readonly calls: Calls;
  /** What clients know: the last snapshot that was announced. */
  readonly snapshot: () => Snapshot;
  /** Called when a client creates the first session; undefined where that part is not installed. */
  readonly loadSessions: () => typeof Sessions | undefined;
  readonly policies: PolicyParts;
  readonly secrets: Pick<Secrets, 'keep'>;
  readonly tunnels: PrivateNetworksOptions['tunnels'];
}

export class ConnmanBus {
  private readonly options: ConnmanBusOptions;
  private readonly manager: Exported<typeof offeredManager>;
  private readonly clock: Exported<typeof clockInterface>;
  private readonly technologies = new Map<string, Exported<typeof technologyInterface>>();
  private readonly lateSubscribers: LateSubscribers;
  private readonly counters: Counters;
  private readonly privateNetworks: PrivateNetworks;
  private readonly peerServices: PeerServices;
  private sessions: Sessions | undefined;
  private readonly peers = new Map<string, Exported<typeof peerInterface>>();
  private readonly services = new Map<string, Exported<typeof serviceInterface>>();

  constructor(options: ConnmanBusOptions) {
    this.options = options;
    const { bus, clock, calls, snapshot } = options;
    this.lateSubscribers = new LateSubscribers(clock, (changes) => this.repeat(changes));
    this.counters = new Counters(options);
    this.privateNetworks = new PrivateNetworks(options);
    this.peerServices = new PeerServices(options);
    const handedOut = () => this.lateSubscribers.handedOut();
    bus.manageObjects('/');
    const providers = new ProviderCalls(bus, calls);
    const handlers = managerHandlers(calls, providers, snapshot, handedOut, {
      counters: this.counters,
      privateNetworks: this.privateNetworks,
      peerServices: this.peerServices,
      sessions: () => this.openSessions(),
    });
    this.manager = bus.export('/', offeredManager, handlers, { properties: () => snapshot().manager });
    this.clock = bus.export('/', clockInterface, clockHandlers(calls, snapshot), {
      properties: () => clockOfNow(snapshot()),
    });
  }

  announce(announcements: readonly Announcement[]): void {
    for (const announcement of announcements) {
      this.emit(announcement);
      this.lateSubscribers.follow(announcement);
    }
    const connecting = new Set(announcements.flatMap(connectingServices));
    if (connecting.size > 0) this.options.statistics.follow(this.options.snapshot(), connecting);
    this.sessions?.follow();
  }

  /** The daemon ends. */
  close(): void {
    this.counters.close();
    this.privateNetworks.close();
    this.peerServices.close();
    this.sessions?.close();
    this.options.statistics.close();
  }

  private openSessions(): Sessions {
    if (this.sessions) return this.sessions;
    const { bus, calls, snapshot, loadSessions, policies } = this.options;
    const Part = loadSessions();
    if (!Part) throw connmanError('NotSupported');
    this.sessions = new Part({
      ...{ bus, snapshot, policies },
      ask: (call, intent) => calls.ask(call, intent),
      tell: (intent) => calls.tell(intent),
    });
    return this.sessions;
  }

  /**
   * Services are listed once more with all their properties: cmst subscribes to a service only when it is listed for the second
   * time, and takes from a list whatever it says.
   */
  private repeat(changes: readonly PropertyChange[]): void {
    const { services } = this.options.snapshot();
    const paths = new Set(changes.flatMap(({ object, path }) => (object === 'service' ? [path] : [])));
    const changed = [...services].map(([path, properties]) => [path, paths.has(path) ? properties : none] as const);
    if (paths.size > 0) this.emit({ kind: 'services-changed', changed, removed: [] });
    for (const change of changes) if (change.object !== 'service') this.emit(change);
  }

  private emit(announcement: Announcement): void {
    switch (announcement.kind) {
      case 'technology-added':
        this.technologies.set(announcement.path, this.exportTechnology(announcement.path));
        return this.manager.emit('TechnologyAdded', [announcement.path, announcement.properties]);
      case 'technology-removed':
        this.manager.emit('TechnologyRemoved', [announcement.path]);
        this.technologies.get(announcement.path)?.unexport();
        this.technologies.delete(announcement.path);
        return;
      case 'service-added':
        this.services.set(announcement.path, this.exportService(announcement.path));
        return;
      case 'service-removed':
        this.services.get(announcement.path)?.unexport();
        this.services.delete(announcement.path);
        return;
      case 'services-changed':
        return this.manager.emit('ServicesChanged', [announcement.changed, announcement.removed]);
      case 'peer-added':
        this.peers.set(announcement.path, this.exportPeer(announcement.path));
        return;
      case 'peer-removed':
        this.peers.get(announcement.path)?.unexport();
        this.peers.delete(announcement.path);
        return;
      case 'peers-changed':
        return this.manager.emit('PeersChanged', [announcement.changed, announcement.removed]);
      case 'tethering-clients-changed':
        return this.manager.emit('TetheringClientsChanged', [announcement.registered, announcement.removed]);
      case 'property-changed': {
        const object = this.objectOf(announcement);
        object?.emit('PropertyChanged', [announcement.name, announcement.value]);
        // ConnMan tells it apart, too, although it is no property of its own.
        const split = announcement.name === 'Provider' && entryOf(announcement.value, 'SplitRouting');
        if (split) object?.emit('PropertyChanged', ['SplitRouting', split]);
        return;
      }
    }
  }

  private objectOf({ object, path }: Announcement & { kind: 'property-changed' }): PropertyObject | undefined {
    if (object === 'manager') return this.manager;
    if (object === 'clock') return this.clock;
    if (object === 'peer') return this.peers.get(path);
    return object === 'technology' ? this.technologies.get(path) : this.services.get(path);
  }

  private exportTechnology(path: string) {
    const { bus, calls, snapshot, secrets } = this.options;
    const properties = (): PropertyMap => snapshot().technologies.get(path) ?? none;
    const handlers = technologyHandlers(calls, lastElement(path) as TechnologyType, properties, secrets);
    return bus.export(path, technologyInterface, handlers, { properties });
  }

  private exportPeer(path: string) {
    const { bus, calls, snapshot } = this.options;
    const properties = (): PropertyMap => snapshot().peers.get(path) ?? none;
    return bus.export(path, peerInterface, peerHandlers(calls, lastElement(path), properties), { properties });
  }

  private exportService(path: string) {
    const { bus, calls, snapshot } = this.options;
    const properties = (): PropertyMap => snapshot().services.get(path) ?? none;
    const resetCounters = () => this.options.statistics.reset(path);
    return bus.export(path, serviceInterface, serviceHandlers(calls, lastElement(path), properties, resetCounters), {
      properties,
    });
  }
}

/** Paths of services that may be connected since, or no longer, or in another network's care. */
function connectingServices(announcement: Announcement): readonly string[] {
  if (announcement.kind === 'services-changed') {
    const { changed, removed } = announcement;
    return [...removed, ...changed.flatMap(([path, properties]) => (properties.size > 0 ? path : []))];
  }
  if (announcement.kind !== 'property-changed') return [];
  const { object, name, path } = announcement;
  return object === 'service' && (name === 'State' || name === 'Roaming') ? [path] : [];
}

const none: PropertyMap = new Map();

/** Of an `a{sv}` of ours, which may be a map or a plain object. */
function entryOf({ value }: Variant, key: string): Variant | undefined {
  return value instanceof Map ? value.get(key) : (value as Readonly<Record<string, Variant>>)[key];
}
