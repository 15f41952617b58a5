/**
 * The interfaces of peers, sessions and VPNs: a client asks for them and takes the error where a daemon does not offer them.
 * Same names and signatures as ConnMan's.
 */
import { defineInterface } from '@connman/dbus';

export const peerInterface = defineInterface({
  name: 'net.connman.Peer',
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties' },
    Connect: { in: '', out: '' },
    Disconnect: { in: '', out: '' },
  },
  signals: { PropertyChanged: 's name, v value' },
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
    Release: { in: '', out: '' },
    ReportError: { in: 'o service, s error', out: '' },
    RequestInput: { in: 'o service, a{sv} fields', out: 'a{sv} fields' },
    Cancel: { in: '', out: '' },
  },
  signals: {},
});
