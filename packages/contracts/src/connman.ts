/** The interfaces of net.connman that connmand offers, and the agent's, which its clients do. */
import { defineInterface } from '@connman/dbus';

export const managerInterface = defineInterface({
  name: 'net.connman.Manager',
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties' },
    SetProperty: { in: 's name, v value', out: '' },
    GetTechnologies: { in: '', out: 'a(oa{sv}) technologies' },
    GetServices: { in: '', out: 'a(oa{sv}) services' },
    ConnectProvider: { in: 'a{sv} provider', out: 'o path', deprecated: true },
    RegisterAgent: { in: 'o path', out: '' },
    UnregisterAgent: { in: 'o path', out: '' },
  },
  signals: {
    PropertyChanged: 's name, v value',
    TechnologyAdded: 'o path, a{sv} properties',
    TechnologyRemoved: 'o path',
    ServicesChanged: 'a(oa{sv}) changed, ao removed',
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

export const agentInterface = defineInterface({
  name: 'net.connman.Agent',
  methods: {
    Release: { in: '', out: '', noReply: true },
    ReportError: { in: 'o service, s error', out: '' },
    RequestBrowser: { in: 'o service, s url', out: '' },
    RequestInput: { in: 'o service, a{sv} fields', out: 'a{sv} fields' },
    Cancel: { in: '', out: '', noReply: true },
  },
  signals: {},
});
