/** The D-Bus interfaces of iwd that are used here (its documentation: doc/*-api.txt). */
import { defineInterface } from '@connman/dbus';

export const iwdBusName = 'net.connman.iwd';
export const iwdRoot = '/net/connman/iwd';
/** Where our agent stands. */
export const agentPath = '/net/connman/wifi_agent';

export const agentManagerInterface = defineInterface({
  name: 'net.connman.iwd.AgentManager',
  methods: {
    RegisterAgent: { in: 'o path', out: '' },
    UnregisterAgent: { in: 'o path', out: '' },
  },
  signals: {},
});

/** What iwd calls here. */
export const agentInterface = defineInterface({
  name: 'net.connman.iwd.Agent',
  methods: {
    Release: { in: '', out: '' },
    RequestPassphrase: { in: 'o network', out: 's passphrase' },
    RequestPrivateKeyPassphrase: { in: 'o network', out: 's passphrase' },
    RequestUserNameAndPassword: { in: 'o network', out: 's user, s password' },
    RequestUserPassword: { in: 'o network, s user', out: 's password' },
    Cancel: { in: 's reason', out: '' },
  },
  signals: {},
});

export const stationInterface = defineInterface({
  name: 'net.connman.iwd.Station',
  methods: {
    Scan: { in: '', out: '' },
    Disconnect: { in: '', out: '' },
    ConnectHiddenNetwork: { in: 's name', out: '' },
  },
  signals: {},
});

export const diagnosticInterface = defineInterface({
  name: 'net.connman.iwd.StationDiagnostic',
  methods: { GetDiagnostics: { in: '', out: 'a{sv} diagnostics' } },
  signals: {},
});

export const networkInterface = defineInterface({
  name: 'net.connman.iwd.Network',
  methods: { Connect: { in: '', out: '' } },
  signals: {},
});

export const knownNetworkInterface = defineInterface({
  name: 'net.connman.iwd.KnownNetwork',
  methods: { Forget: { in: '', out: '' } },
  signals: {},
});

export const wscInterface = defineInterface({
  name: 'net.connman.iwd.SimpleConfiguration',
  methods: {
    PushButton: { in: '', out: '' },
    StartPin: { in: 's pin', out: '' },
    Cancel: { in: '', out: '' },
  },
  signals: {},
});

export const accessPointInterface = defineInterface({
  name: 'net.connman.iwd.AccessPoint',
  methods: {
    Start: { in: 's ssid, s psk', out: '' },
    Stop: { in: '', out: '' },
  },
  signals: {},
});

export const deviceInterfaceName = 'net.connman.iwd.Device';
export const adapterInterfaceName = 'net.connman.iwd.Adapter';
