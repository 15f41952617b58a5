/**
 * What a ConnMan daemon may offer besides the wired machine's interfaces: a client asks for it and takes the error when it
 * is not there. Same names and signatures as ConnMan's.
 */
import { defineInterface } from '@connman/dbus';

/** Further members of net.connman.Manager. */
export const managerOptionalInterface = defineInterface({
  name: 'net.connman.Manager',
  methods: {
    GetPeers: { in: '', out: 'a(oa{sv}) peers' },
    GetTetheringClients: { in: '', out: 'as tethering_clients' },
    CreateSession: { in: 'a{sv} settings, o notifier', out: 'o session' },
    DestroySession: { in: 'o session', out: '' },
    RegisterPeerService: { in: 'a{sv} specification, b master', out: '' },
    UnregisterPeerService: { in: 'a{sv} specification', out: '' },
  },
  signals: {
    PeersChanged: 'a(oa{sv}) changed, ao removed',
    TetheringClientsChanged: 'as registered, as removed',
  },
});

export const clockInterface = defineInterface({
  name: 'net.connman.Clock',
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties' },
    SetProperty: { in: 's name, v value', out: '' },
  },
  signals: { PropertyChanged: 's name, v value' },
});

export const peerInterface = defineInterface({
  name: 'net.connman.Peer',
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties' },
    Connect: { in: '', out: '' },
    Disconnect: { in: '', out: '' },
  },
  signals: { PropertyChanged: 's name, v value' },
});

/** Further methods of a client's net.connman.Agent. */
export const peerAgentInterface = defineInterface({
  name: 'net.connman.Agent',
  methods: {
    ReportPeerError: { in: 'o peer, s error', out: '' },
    RequestPeerAuthorization: { in: 'o peer, a{sv} fields', out: 'a{sv} fields' },
  },
  signals: {},
});

export const sessionInterface = defineInterface({
  name: 'net.connman.Session',
  methods: {
    Destroy: { in: '', out: '' },
    Connect: { in: '', out: '' },
    Disconnect: { in: '', out: '' },
    Change: { in: 's name, v value', out: '' },
  },
  signals: {},
});

/** Of a session's owner. */
export const notificationInterface = defineInterface({
  name: 'net.connman.Notification',
  methods: {
    Release: { in: '', out: '' },
    Update: { in: 'a{sv} settings', out: '' },
  },
  signals: {},
});

export const vpnManagerInterface = defineInterface({
  name: 'net.connman.vpn.Manager',
  methods: {
    GetConnections: { in: '', out: 'a(oa{sv}) connections' },
    RegisterAgent: { in: 'o path', out: '' },
    UnregisterAgent: { in: 'o path', out: '' },
  },
  signals: {
    ConnectionAdded: 'o identifier, a{sv} properties',
    ConnectionRemoved: 'o identifier',
  },
});

export const vpnConnectionInterface = defineInterface({
  name: 'net.connman.vpn.Connection',
  methods: { GetProperties: { in: '', out: 'a{sv} properties' } },
  signals: { PropertyChanged: 's name, v value' },
});

export const vpnAgentInterface = defineInterface({
  name: 'net.connman.vpn.Agent',
  methods: {
    Release: { in: '', out: '', noReply: true },
    ReportError: { in: 'o service, s error', out: '' },
    RequestInput: { in: 'o service, a{sv} fields', out: 'a{sv} fields' },
    Cancel: { in: '', out: '', noReply: true },
  },
  signals: {},
});
