/** net.connman.Manager: what a client calls at the object `/`. */
import { connmanError, managerInterface, type TechnologyType } from '@connman/contracts';
import { type Handlers, type MethodCall, type replyLater, selectMembers, type Variant } from '@connman/dbus';
import { kindOf } from '../../model/technology/kinds';
import type { Snapshot } from '../publish/snapshot';
import type { Sessions } from '../session/sessions';
import type { Calls } from './calls';
import type { Counters } from './counters';
import type { PeerServices } from './peer-services';
import type { PrivateNetworks } from './private-networks';
import type { ProviderCalls } from './provider-calls';

/** What of the manager works; the rest is not offered before it does. */
export const offeredManager = selectMembers(managerInterface, {
  methods: [
    'GetProperties',
    'SetProperty',
    'GetTechnologies',
    'RemoveProvider',
    'GetServices',
    'GetPeers',
    'GetTetheringClients',
    'ConnectProvider',
    'RegisterAgent',
    'UnregisterAgent',
    'RegisterCounter',
    'UnregisterCounter',
    'CreateSession',
    'DestroySession',
    'RequestPrivateNetwork',
    'ReleasePrivateNetwork',
    'RegisterPeerService',
    'UnregisterPeerService',
  ],
  signals: [
    'PropertyChanged',
    'TechnologyAdded',
    'TechnologyRemoved',
    'ServicesChanged',
    'PeersChanged',
    'TetheringClientsChanged',
  ],
});

export interface ManagerParts {
  readonly counters: Counters;
  readonly privateNetworks: PrivateNetworks;
  readonly peerServices: PeerServices;
  readonly sessions: () => Sessions;
}

export function managerHandlers(
  calls: Calls,
  providers: ProviderCalls,
  snapshot: () => Snapshot,
  /** Hears of it when a client gets the properties of objects in a list. */
  handedOut: () => void,
  { counters, privateNetworks, peerServices, sessions }: ManagerParts,
): Handlers<typeof offeredManager> {
  return {
    GetProperties: () => snapshot().manager,
    SetProperty: ([name, value], call) => setProperty(calls, name, value, call),
    GetTechnologies: () => {
      handedOut();
      return [...snapshot().technologies];
    },
    GetServices: () => {
      handedOut();
      return [...snapshot().services];
    },
    RemoveProvider: ([path], call) => {
      const type = snapshot().services.get(path)?.get('Type')?.as('s') as TechnologyType | undefined;
      if (!type || !kindOf(type).isTunnel) throw connmanError('NotFound');
      return providers.remove(path, call);
    },
    GetPeers: () => [...snapshot().peers],
    GetTetheringClients: () => [...snapshot().tetheringClients],
    ConnectProvider: ([properties], call) => providers.connect(properties, call),
    RegisterAgent: ([path], call) =>
      calls.register(call, (operation) => ({ kind: 'register', operation, sender: call.sender, path })),
    UnregisterAgent: (_, call) =>
      calls.register(call, (operation) => ({ kind: 'unregister', operation, sender: call.sender })),
    // The accuracy, in KiB, means nothing to ConnMan either (rule 27).
    RegisterCounter: ([path, , period], call) => counters.register(call.sender, path, period),
    UnregisterCounter: ([path], call) => counters.unregister(call.sender, path),
    CreateSession: ([settings, notifier], call) => sessions().create(call.sender, settings, notifier),
    DestroySession: ([path], call) => sessions().destroy(call.sender, path),
    RequestPrivateNetwork: (_, call) => privateNetworks.request(call),
    ReleasePrivateNetwork: ([path], call) => privateNetworks.release(path, call),
    RegisterPeerService: ([specification, isMaster], call) => peerServices.register(specification, isMaster, call),
    UnregisterPeerService: ([specification], call) => peerServices.unregister(specification, call),
  };
}

function setProperty(calls: Calls, name: string, value: Variant, call: MethodCall<''>): typeof replyLater {
  if (name !== 'OfflineMode' && name !== 'SessionMode') throw connmanError('InvalidProperty');
  const enabled = value.as('b');
  if (enabled === undefined) throw connmanError('InvalidArguments');
  return calls.ask(
    call,
    name === 'OfflineMode' ? { kind: 'set-offline-mode', offline: enabled } : { kind: 'set-session-mode', enabled },
  );
}
