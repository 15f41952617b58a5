/** The D-Bus interfaces of oFono that are used here (its documentation: doc/*-api.txt). */
import { defineInterface } from '@connman/dbus';

export const ofonoBusName = 'org.ofono';

/** What all of its objects have. */
const withProperties = {
  GetProperties: { in: '', out: 'a{sv} properties' },
  SetProperty: { in: 's property, v value', out: '' },
} as const;
const changes = { PropertyChanged: 's property, v value' } as const;

export const managerInterface = defineInterface({
  name: 'org.ofono.Manager',
  methods: { GetModems: { in: '', out: 'a(oa{sv}) modems' } },
  signals: { ModemAdded: 'o path, a{sv} properties', ModemRemoved: 'o path' },
});

export const modemInterface = defineInterface({
  name: 'org.ofono.Modem',
  methods: withProperties,
  signals: changes,
});

const simInterface = defineInterface({
  name: 'org.ofono.SimManager',
  methods: withProperties,
  signals: changes,
});

const registrationInterface = defineInterface({
  name: 'org.ofono.NetworkRegistration',
  methods: withProperties,
  signals: changes,
});

export const connectionManagerInterface = defineInterface({
  name: 'org.ofono.ConnectionManager',
  methods: { ...withProperties, GetContexts: { in: '', out: 'a(oa{sv}) contexts' } },
  signals: { ...changes, ContextAdded: 'o path, a{sv} properties', ContextRemoved: 'o path' },
});

export const contextInterface = defineInterface({
  name: 'org.ofono.ConnectionContext',
  methods: withProperties,
  signals: changes,
});

/** Of builds with its plug-in for it: what the network says of the time. */
export const networkTimeInterface = defineInterface({
  name: 'org.ofono.NetworkTime',
  methods: { GetNetworkTime: { in: '', out: 'a{sv} time' } },
  signals: { NetworkTimeChanged: 'a{sv} time' },
});

/** Of a modem, as far as they matter here; a modem has each only at times (its property Interfaces). */
export const modemInterfaces = [
  modemInterface,
  simInterface,
  registrationInterface,
  connectionManagerInterface,
] as const;
export type ModemInterface = (typeof modemInterfaces)[number]['name'];
