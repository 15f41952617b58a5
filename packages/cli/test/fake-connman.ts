/**
 * A net.connman and a net.connman.vpn for connmanctl to talk to: what it shows is a scene, what is asked of it is recorded,
 * and it can be told to answer with an error.
 */
import {
  agentInterface,
  clockInterface,
  configurationInterface,
  configurationPath,
  connmanError,
  diagnosisInterface,
  diagnosisPath,
  managerInterface,
  peerInterface,
  serviceInterface,
  sessionInterface,
  technologyInterface,
  vpnAgentInterface,
  vpnConnectionInterface,
  vpnManagerInterface,
} from '@connman/contracts';
import { Bus, nodeBusStream, type Properties, selectMembers, str, uint64, Variant } from '@connman/dbus';

type Listing = Readonly<Record<string, Properties>>;

type ErrorName = Parameters<typeof connmanError>[0];

export interface Scene {
  readonly manager: Properties;
  readonly clock: Properties;
  readonly technologies: Listing;
  readonly services: Listing;
  readonly peers: Listing;
  readonly tetheringClients: readonly string[];
  readonly connections: Listing;
  /** `service/x Connect` or `Manager SetProperty OfflineMode`, to the error it answers with. */
  readonly errors: Readonly<Record<string, ErrorName>>;
}

export const emptyScene: Scene = {
  manager: {},
  clock: {},
  technologies: {},
  services: {},
  peers: {},
  tetheringClients: [],
  connections: {},
  errors: {},
};

const folder = { technology: '/net/connman/technology/', service: '/net/connman/service/', peer: '/net/connman/peer/' };
const connectionFolder = '/net/connman/vpn/connection/';

const offeredVpnManager = selectMembers(vpnManagerInterface, {
  methods: ['GetConnections', 'RegisterAgent', 'UnregisterAgent'],
  signals: ['ConnectionAdded', 'ConnectionRemoved'],
});

export const metrics = 'connman_connects_total{technology="wi\\"fi"} 2\nconnman_route_switches_total 1\n# EOF\n';

export class FakeConnman {
  /** `service/x SetProperty Nameservers.Configuration as ["192.0.2.1"]`, in the order of arrival. */
  readonly calls: string[] = [];
  readonly bus: Bus;
  /** What it answers with from now on. */
  readonly scene: Scene;
  private readonly errors: Scene['errors'];
  private readonly waiting: { readonly pattern: RegExp; readonly found: (call: string) => void }[] = [];
  readonly manager;
  readonly vpnManager;
  private readonly exported = new Map<string, { emit(signal: 'PropertyChanged', args: [string, Variant]): void }>();
  private client = { name: '', path: '/' };

  static async start(address: string, scene: Partial<Scene> = {}): Promise<FakeConnman> {
    const bus = await Bus.connect({ stream: nodeBusStream, address });
    const fake = new FakeConnman(bus, { ...emptyScene, ...scene });
    if (!(await bus.requestName('net.connman'))) throw new Error('net.connman is taken');
    await bus.requestName('net.connman.vpn');
    return fake;
  }

  private constructor(bus: Bus, scene: Scene) {
    this.bus = bus;
    this.scene = scene;
    this.errors = scene.errors;
    this.manager = this.exportManager(scene);
    this.vpnManager = bus.export('/', offeredVpnManager, {
      GetConnections: () => this.did('vpn.Manager GetConnections', listed(connectionFolder, scene.connections)),
      RegisterAgent: ([path], call) => this.register(call.sender, path, 'vpn.Manager RegisterAgent'),
      UnregisterAgent: ([path]) => this.did(`vpn.Manager UnregisterAgent ${pathWithoutPid(path)}`, undefined),
    });
    bus.export('/', clockInterface, {
      GetProperties: () => this.did('Clock GetProperties', scene.clock),
      SetProperty: ([name, value]) => this.did(`Clock SetProperty ${name} ${shown(value)}`, undefined),
    });
    bus.export(configurationPath, configurationInterface, {
      Reload: () => this.did('Configuration Reload', [['OnlineCheckMode', 'PreferredTechnologies'], ['ResolvConf']]),
      Try: ([path, settings, proofs, needed, seconds]) =>
        this.did(
          `Configuration Try ${path} ${settings.map(([name, value]) => `${name} ${shown(value)}`).join(', ')} [${proofs.join(' ')}] ${needed} ${seconds}`,
          undefined,
        ),
      PlanChange: ([path, settings]) =>
        this.did(
          `Configuration PlanChange ${path} ${settings.map(([name, value]) => `${name} ${shown(value)}`).join(', ')}`,
          [['put-address', 'eth0 192.0.2.7/24', 'would be sent']],
        ),
    });
    bus.export(diagnosisPath, diagnosisInterface, {
      Why: ([path]) => this.did(`Diagnosis Why ${path}`, [['no-lease', 'IPv4: no DHCP server has given a lease yet']]),
      TetheringClients: () =>
        this.did('Diagnosis TetheringClients', [
          [
            '02:00:00:00:00:01',
            new Map([
              ['Name', str('phone')],
              ['IPv4.Sent', uint64(1500n)],
            ]),
          ],
        ]),
      Metrics: () => this.did('Diagnosis Metrics', metrics),
      Plan: () => this.did('Diagnosis Plan', [['put-route', 'eth0 default via 192.0.2.1', 'to be sent']]),
    });
    for (const [id, properties] of Object.entries(scene.technologies)) this.exportTechnology(id, properties);
    for (const [id, properties] of Object.entries(scene.services)) this.exportService(id, properties);
    for (const [id, properties] of Object.entries(scene.peers)) {
      const did = <T>(what: string, value: T) => this.did(`peer/${id} ${what}`, value);
      bus.export(folder.peer + id, peerInterface, {
        GetProperties: () => did('GetProperties', properties),
        Connect: () => did('Connect', undefined),
        Disconnect: () => did('Disconnect', undefined),
      });
    }
    for (const [id, properties] of Object.entries(scene.connections)) {
      bus.export(connectionFolder + id, selectMembers(vpnConnectionInterface, { methods: ['GetProperties'] }), {
        GetProperties: () => this.did(`connection/${id} GetProperties`, properties),
      });
    }
  }

  /** Settles with the first call, past or to come, that matches. */
  called(pattern: RegExp): Promise<string> {
    const past = this.calls.find((call) => pattern.test(call));
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((found) => {
      this.waiting.push({ pattern, found });
    });
  }

  propertyChanged(object: string, name: string, value: Variant): void {
    this.exported.get(object)?.emit('PropertyChanged', [name, value]);
  }

  /** The agent that registered last. */
  agent() {
    return this.bus.object(agentInterface, this.client);
  }

  vpnAgent() {
    return this.bus.object(vpnAgentInterface, this.client);
  }

  stop(): void {
    this.bus.close();
  }

  private did<T>(what: string, value: T): T {
    this.calls.push(what);
    for (const waiter of this.waiting) if (waiter.pattern.test(what)) waiter.found(what);
    const error = Object.entries(this.errors).find(([call]) => what.startsWith(call))?.[1];
    if (error === undefined) return value;
    throw connmanError(error);
  }

  private register(name: string, path: string, what: string): void {
    this.client = { name, path };
    this.did(`${what} ${pathWithoutPid(path)}`, undefined);
  }

  private exportManager(scene: Scene) {
    const manager = this.bus.export('/', managerInterface, {
      GetProperties: () => this.did('Manager GetProperties', scene.manager),
      SetProperty: ([name, value]) => this.did(`Manager SetProperty ${name} ${shown(value)}`, undefined),
      GetTechnologies: () => this.did('Manager GetTechnologies', listed(folder.technology, scene.technologies)),
      GetServices: () => this.did('Manager GetServices', listed(folder.service, scene.services)),
      GetPeers: () => this.did('Manager GetPeers', listed(folder.peer, scene.peers)),
      GetTetheringClients: () => this.did('Manager GetTetheringClients', scene.tetheringClients),
      ConnectProvider: () => this.did('Manager ConnectProvider', '/'),
      RemoveProvider: () => this.did('Manager RemoveProvider', undefined),
      RegisterCounter: () => this.did('Manager RegisterCounter', undefined),
      UnregisterCounter: () => this.did('Manager UnregisterCounter', undefined),
      RequestPrivateNetwork: () => {
        throw connmanError('NotSupported');
      },
      ReleasePrivateNetwork: () => this.did('Manager ReleasePrivateNetwork', undefined),
      RegisterAgent: ([path], call) => this.register(call.sender, path, 'Manager RegisterAgent'),
      UnregisterAgent: ([path]) => this.did(`Manager UnregisterAgent ${pathWithoutPid(path)}`, undefined),
      CreateSession: ([settings, notifier], call) => {
        this.register(call.sender, notifier, `Manager CreateSession ${shown(new Variant('a{sv}', settings))}`);
        return '/sessions/one';
      },
      DestroySession: ([path]) => this.did(`Manager DestroySession ${path}`, undefined),
      RegisterPeerService: ([specification, master]) =>
        this.did(`Manager RegisterPeerService ${shown(new Variant('a{sv}', specification))} ${master}`, undefined),
      UnregisterPeerService: ([specification]) =>
        this.did(`Manager UnregisterPeerService ${shown(new Variant('a{sv}', specification))}`, undefined),
    });
    this.bus.export('/sessions/one', sessionInterface, {
      Destroy: () => this.did('session Destroy', undefined),
      Connect: () => this.did('session Connect', undefined),
      Disconnect: () => this.did('session Disconnect', undefined),
      Change: ([name, value]) => this.did(`session Change ${name} ${shown(value)}`, undefined),
    });
    return manager;
  }

  private exportTechnology(id: string, properties: Properties): void {
    const did = <T>(what: string, value: T) => this.did(`technology/${id} ${what}`, value);
    const technology = this.bus.export(folder.technology + id, technologyInterface, {
      GetProperties: () => did('GetProperties', properties),
      SetProperty: ([name, value]) => did(`SetProperty ${name} ${shown(value)}`, undefined),
      Scan: () => did('Scan', undefined),
    });
    this.exported.set(`technology/${id}`, technology);
  }

  private exportService(id: string, properties: Properties): void {
    const did = <T>(what: string, value: T) => this.did(`service/${id} ${what}`, value);
    const service = this.bus.export(folder.service + id, serviceInterface, {
      GetProperties: () => did('GetProperties', properties),
      SetProperty: ([name, value]) => did(`SetProperty ${name} ${shown(value)}`, undefined),
      ClearProperty: ([name]) => did(`ClearProperty ${name}`, undefined),
      Connect: () => did('Connect', undefined),
      Disconnect: () => did('Disconnect', undefined),
      Remove: () => did('Remove', undefined),
      MoveBefore: ([path]) => did(`MoveBefore ${path}`, undefined),
      MoveAfter: ([path]) => did(`MoveAfter ${path}`, undefined),
      ResetCounters: () => did('ResetCounters', undefined),
    });
    this.exported.set(`service/${id}`, service);
  }
}

function listed(prefix: string, objects: Listing): [string, Properties][] {
  return Object.entries(objects).map(([id, properties]) => [prefix + id, properties]);
}

function pathWithoutPid(path: string): string {
  return path.replace(/\d+$/, 'PID');
}

/** A variant as text that keeps its types apart: `a{sv} {Method: s "dhcp"}`. */
export function shown(value: Variant): string {
  return `${value.signature} ${plain(value.value)}`;
}

function plain(value: unknown): string {
  if (value instanceof Variant) return shown(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, item]) => `${key}: ${plain(item)}`).join(', ')}}`;
}
