/**
 * net.connman on the bus: puts the objects of a snapshot there, sends what has changed, and turns clients' calls into
 * intents. A call's operation number stands for it until the engine has an outcome.
 */
import { connmanError, managerInterface, serviceInterface, technologyInterface } from '@connman/contracts';
import {
  type Bus,
  BusError,
  type Exported,
  type MethodCall,
  replyLater,
  selectMembers,
  type Variant,
} from '@connman/dbus';
import type { Happening, Intent } from '../events';
import type { Outcome } from '../model/outcome';
import { parseSetting } from '../model/service/bus-settings';
import type { AgentHost } from './agent-host';
import type { Announcement } from './publish/difference';
import type { PropertyMap, Snapshot } from './publish/snapshot';

/** What of the manager works; the rest is not offered before it does. */
const offeredManager = selectMembers(managerInterface, {
  methods: [
    'GetProperties',
    'SetProperty',
    'GetTechnologies',
    'GetServices',
    'GetPeers',
    'GetTetheringClients',
    'ConnectProvider',
    'RegisterAgent',
    'UnregisterAgent',
  ],
  signals: ['PropertyChanged', 'TechnologyAdded', 'TechnologyRemoved', 'ServicesChanged'],
});

/** What every object of net.connman can do. */
interface PropertyObject {
  emit(signal: 'PropertyChanged', args: readonly [string, Variant]): void;
}

type ManagerObject = Exported<typeof offeredManager>;
type TechnologyObject = Exported<typeof technologyInterface>;
type ServiceObject = Exported<typeof serviceInterface>;

export interface ConnmanBusOptions {
  readonly bus: Bus;
  readonly agents: AgentHost;
  readonly dispatch: (happening: Happening) => void;
  /** What the bus was told last. */
  readonly snapshot: () => Snapshot;
}

export class ConnmanBus {
  private readonly options: ConnmanBusOptions;
  private readonly manager: ManagerObject;
  private readonly technologies = new Map<string, TechnologyObject>();
  private readonly services = new Map<string, ServiceObject>();
  private readonly calls = new Map<number, MethodCall<''>>();
  private lastOperation = 0;

  constructor(options: ConnmanBusOptions) {
    this.options = options;
    options.bus.manageObjects('/');
    this.manager = this.exportManager();
  }

  /** The outcome of an operation, for the call that waits for it. */
  answer(operation: number, outcome: Outcome): void {
    const call = this.calls.get(operation);
    this.calls.delete(operation);
    if (!call) return;
    if (outcome.ok) {
      call.reply();
      return;
    }
    const error = outcome.error === 'Failed' ? failed(outcome.text) : connmanError(outcome.error);
    call.error(error.errorName, error.message);
  }

  announce(announcements: readonly Announcement[]): void {
    for (const said of announcements) this.say(said);
  }

  private say(said: Announcement): void {
    switch (said.kind) {
      case 'technology-added':
        this.technologies.set(said.path, this.exportTechnology(said.path));
        return this.manager.emit('TechnologyAdded', [said.path, said.properties]);
      case 'technology-removed':
        this.manager.emit('TechnologyRemoved', [said.path]);
        this.technologies.get(said.path)?.unexport();
        this.technologies.delete(said.path);
        return;
      case 'service-added':
        this.services.set(said.path, this.exportService(said.path));
        return;
      case 'service-removed':
        this.services.get(said.path)?.unexport();
        this.services.delete(said.path);
        return;
      case 'services-changed':
        return this.manager.emit('ServicesChanged', [said.changed, said.removed]);
      case 'property-changed':
        return this.objectOf(said)?.emit('PropertyChanged', [said.name, said.value]);
    }
  }

  private objectOf(said: Announcement & { kind: 'property-changed' }): PropertyObject | undefined {
    if (said.object === 'manager') return this.manager;
    return said.object === 'technology' ? this.technologies.get(said.path) : this.services.get(said.path);
  }

  /** Hands an intent to the engine; the answer comes by `answer`. */
  private ask(call: MethodCall<''>, intent: Intent): typeof replyLater {
    const operation = ++this.lastOperation;
    this.calls.set(operation, call);
    this.options.dispatch({ kind: 'intent', operation, intent });
    return replyLater;
  }

  private exportManager(): ManagerObject {
    const { bus, agents, snapshot } = this.options;
    return bus.export('/', offeredManager, {
      GetProperties: () => snapshot().manager,
      SetProperty: ([name, value], call) => this.setManagerProperty(name, value, call),
      GetTechnologies: () => [...snapshot().technologies],
      GetServices: () => [...snapshot().services],
      // A wired machine has neither; connmanctl asks for both before its first prompt.
      GetPeers: () => [],
      GetTetheringClients: () => [],
      ConnectProvider: ([provider]) => {
        // VPN connections are connman-vpnd's; without it there is nothing that could connect one.
        throw connmanError(provider.get('Type')?.as('s') === 'vpn' ? 'NotSupported' : 'InvalidArguments');
      },
      RegisterAgent: ([path], call) => agents.register(call.sender, path),
      UnregisterAgent: (_, call) => agents.unregister(call.sender),
    });
  }

  private setManagerProperty(name: string, value: Variant, call: MethodCall<''>): typeof replyLater {
    if (name !== 'OfflineMode' && name !== 'SessionMode') throw connmanError('InvalidProperty');
    const enabled = value.as('b');
    if (enabled === undefined) throw connmanError('InvalidArguments');
    return this.ask(
      call,
      name === 'OfflineMode' ? { kind: 'set-offline-mode', offline: enabled } : { kind: 'set-session-mode', enabled },
    );
  }

  private exportTechnology(path: string): TechnologyObject {
    const technology = lastElement(path);
    return this.options.bus.export(path, technologyInterface, {
      GetProperties: () => this.options.snapshot().technologies.get(path) ?? new Map(),
      SetProperty: ([name, value], call) => {
        switch (name) {
          case 'Powered': {
            const powered = value.as('b');
            if (powered === undefined) throw connmanError('InvalidArguments');
            return this.ask(call, { kind: 'set-powered', technology, powered });
          }
          case 'Tethering':
            throw connmanError(value.as('b') === undefined ? 'InvalidArguments' : 'NotSupported');
          case 'TetheringIdentifier':
          case 'TetheringPassphrase':
          case 'TetheringFreq':
            throw connmanError('NotSupported');
          default:
            throw connmanError('InvalidProperty');
        }
      },
      Scan: () => {
        throw connmanError('NotSupported');
      },
    });
  }

  private exportService(path: string): ServiceObject {
    const service = lastElement(path);
    return this.options.bus.export(path, serviceInterface, {
      GetProperties: () => this.propertiesOf(path),
      SetProperty: ([name, value], call) => {
        const setting = parseSetting(name, value);
        if (!setting.ok) throw connmanError(setting.error);
        return this.ask(call, { kind: 'configure', service, setting: setting.value });
      },
      ClearProperty: ([name], call) => {
        if (name !== 'Error') throw connmanError('InvalidProperty');
        return this.ask(call, { kind: 'clear-error', service });
      },
      Connect: (_, call) => this.ask(call, { kind: 'connect', service }),
      Disconnect: (_, call) => this.ask(call, { kind: 'disconnect', service }),
      Remove: (_, call) => this.ask(call, { kind: 'remove', service }),
      MoveBefore: ([target], call) =>
        this.ask(call, { kind: 'move', service, target: lastElement(target), place: 'before' }),
      MoveAfter: ([target], call) =>
        this.ask(call, { kind: 'move', service, target: lastElement(target), place: 'after' }),
      // No statistics are kept as long as no counter can be registered: there is nothing to set to zero.
      ResetCounters: () => {},
    });
  }

  private propertiesOf(path: string): PropertyMap {
    return this.options.snapshot().services.get(path) ?? new Map();
  }
}

function failed(text: string): BusError {
  return new BusError('net.connman.Error.Failed', text);
}

function lastElement(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
