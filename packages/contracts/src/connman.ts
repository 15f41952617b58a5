/**
 * The interfaces of net.connman, letter for letter as ConnMan's daemon introspects them (contract, "interfaces").
 *
 * A daemon exports what it can do: `selectMembers(managerInterface, { methods: [...], signals: [...] })`.
 */
import { defineInterface } from '@connman/dbus';

export const connmanBusName = 'net.connman';

export const connmanPaths = {
  /** Manager, Clock and the ObjectManager. */
  root: '/',
  technology: (type: string): string => `/net/connman/technology/${type}`,
  service: (identifier: string): string => `/net/connman/service/${identifier}`,
} as const;

export const managerInterface = defineInterface({
  name: 'net.connman.Manager',
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties' },
    SetProperty: { in: 's name, v value', out: '' },
    GetTechnologies: { in: '', out: 'a(oa{sv}) technologies' },
    RemoveProvider: { in: 'o provider', out: '', deprecated: true },
    GetServices: { in: '', out: 'a(oa{sv}) services' },
    GetPeers: { in: '', out: 'a(oa{sv}) peers' },
    GetTetheringClients: { in: '', out: 'as tethering_clients' },
    ConnectProvider: { in: 'a{sv} provider', out: 'o path', deprecated: true },
    RegisterAgent: { in: 'o path', out: '' },
    UnregisterAgent: { in: 'o path', out: '' },
    RegisterCounter: { in: 'o path, u accuracy, u period', out: '' },
    UnregisterCounter: { in: 'o path', out: '' },
    CreateSession: { in: 'a{sv} settings, o notifier', out: 'o session' },
    DestroySession: { in: 'o session', out: '' },
    RequestPrivateNetwork: { in: '', out: 'o path, a{sv} settings, h socket' },
    ReleasePrivateNetwork: { in: 'o path', out: '' },
    RegisterPeerService: { in: 'a{sv} specification, b master', out: '' },
    UnregisterPeerService: { in: 'a{sv} specification', out: '' },
  },
  signals: {
    PropertyChanged: 's name, v value',
    TechnologyAdded: 'o path, a{sv} properties',
    TechnologyRemoved: 'o path',
    ServicesChanged: 'a(oa{sv}) changed, ao removed',
    PeersChanged: 'a(oa{sv}) changed, ao removed',
    TetheringClientsChanged: 'as registered, as removed',
  },
});

export const technologyInterface = defineInterface({
  name: 'net.connman.Technology',
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties', deprecated: true },
    SetProperty: { in: 's name, v value', out: '' },
    Scan: { in: '', out: '' },
  },
  signals: { PropertyChanged: 's name, v value' },
});

export const serviceInterface = defineInterface({
  name: 'net.connman.Service',
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties', deprecated: true },
    SetProperty: { in: 's name, v value', out: '' },
    ClearProperty: { in: 's name', out: '' },
    Connect: { in: '', out: '' },
    Disconnect: { in: '', out: '' },
    Remove: { in: '', out: '' },
    MoveBefore: { in: 'o service', out: '' },
    MoveAfter: { in: 'o service', out: '' },
    ResetCounters: { in: '', out: '' },
  },
  signals: { PropertyChanged: 's name, v value' },
});

export const clockInterface = defineInterface({
  name: 'net.connman.Clock',
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties' },
    SetProperty: { in: 's name, v value', out: '' },
  },
  signals: { PropertyChanged: 's name, v value' },
});

/**
 * Offered by clients and called by the daemon, with a longer timeout than the usual one (contract, "timeouts"). Release
 * and Cancel are sent without wanting a reply: `agent.send('Cancel', [])`.
 */
export const agentInterface = defineInterface({
  name: 'net.connman.Agent',
  methods: {
    Release: { in: '', out: '' },
    ReportError: { in: 'o service, s error', out: '' },
    ReportPeerError: { in: 'o peer, s error', out: '' },
    RequestBrowser: { in: 'o service, s url', out: '' },
    RequestInput: { in: 'o service, a{sv} fields', out: 'a{sv} fields' },
    RequestPeerAuthorization: { in: 'o peer, a{sv} fields', out: 'a{sv} fields' },
    Cancel: { in: '', out: '' },
  },
  signals: {},
});

/** Offered by clients: what each connected service carries. The dictionaries have the keys of usageKeys (contract). */
export const counterInterface = defineInterface({
  name: 'net.connman.Counter',
  methods: {
    Release: { in: '', out: '' },
    Usage: { in: 'o service, a{sv} home, a{sv} roaming', out: '' },
  },
  signals: {},
});
