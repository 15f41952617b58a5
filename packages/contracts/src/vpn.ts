/** The interfaces of net.connman.vpn, letter for letter as ConnMan's daemon introspects them (contract, "interfaces"). */
import { defineInterface } from '@connman/dbus';

export const vpnBusName = 'net.connman.vpn';

export const vpnPaths = {
  /** Manager and the ObjectManager. */
  root: '/',
  connection: (identifier: string): string => `/net/connman/vpn/connection/${identifier}`,
} as const;

export const vpnManagerInterface = defineInterface({
  name: 'net.connman.vpn.Manager',
  methods: {
    Create: { in: 'a{sv} properties', out: 'o path' },
    Remove: { in: 'o identifier', out: '' },
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
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties' },
    SetProperty: { in: 's name, v value', out: '' },
    ClearProperty: { in: 's name', out: '' },
    Connect: { in: '', out: '' },
    Connect2: { in: 's dbus_sender', out: '' },
    Disconnect: { in: '', out: '' },
  },
  signals: { PropertyChanged: 's name, v value' },
});

/** Of connmand, for connman-vpnd alone: an addition to ConnMan's interfaces, on an object of its own. */
export const killSwitchPath = '/net/connman/killswitch';

export const killSwitchInterface = defineInterface({
  name: 'net.connman.KillSwitch',
  methods: {
    /** Whether a kill switch would hold: a table is put in place and removed. NotSupported with the reason if not. */
    Probe: { in: '', out: '' },
  },
  signals: {},
});

/** Of a client that answers for a user. */
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

/** What an agent answers instead of input. */
export const vpnAgentErrors = {
  canceled: 'net.connman.vpn.Agent.Error.Canceled',
  retry: 'net.connman.vpn.Agent.Error.Retry',
} as const;

/** The values of the Connection property State. */
const vpnStates = ['idle', 'configuration', 'ready', 'disconnect', 'failure'] as const;
export type VpnState = (typeof vpnStates)[number];
