/** The interfaces of the D-Bus specification that this package offers or uses itself. */
import { defineInterface } from './interface';

export const introspectableInterface = defineInterface({
  name: 'org.freedesktop.DBus.Introspectable',
  methods: { Introspect: { in: '', out: 's xml' } },
  signals: {},
});

export const peerInterface = defineInterface({
  name: 'org.freedesktop.DBus.Peer',
  methods: { Ping: { in: '', out: '' }, GetMachineId: { in: '', out: 's machine_uuid' } },
  signals: {},
});

export const objectManagerInterface = defineInterface({
  name: 'org.freedesktop.DBus.ObjectManager',
  methods: { GetManagedObjects: { in: '', out: 'a{oa{sa{sv}}} objects' } },
  signals: {
    InterfacesAdded: 'o object, a{sa{sv}} interfaces',
    InterfacesRemoved: 'o object, as interfaces',
  },
});

export const propertiesInterface = defineInterface({
  name: 'org.freedesktop.DBus.Properties',
  methods: {
    Get: { in: 's interface_name, s property_name', out: 'v value' },
    GetAll: { in: 's interface_name', out: 'a{sv} properties' },
    Set: { in: 's interface_name, s property_name, v value', out: '' },
  },
  signals: {
    PropertiesChanged: 's interface_name, a{sv} changed_properties, as invalidated_properties',
  },
});

/** What the bus itself offers, as far as it is used here. */
export const busInterface = defineInterface({
  name: 'org.freedesktop.DBus',
  methods: {
    Hello: { in: '', out: 's unique_name' },
    RequestName: { in: 's name, u flags', out: 'u result' },
    ReleaseName: { in: 's name', out: 'u result' },
    AddMatch: { in: 's rule', out: '' },
    RemoveMatch: { in: 's rule', out: '' },
    GetNameOwner: { in: 's name', out: 's unique_name' },
    StartServiceByName: { in: 's name, u flags', out: 'u result' },
    GetConnectionUnixUser: { in: 's name', out: 'u uid' },
    GetConnectionSELinuxSecurityContext: { in: 's name', out: 'ay context' },
    GetId: { in: '', out: 's id' },
  },
  signals: {
    NameOwnerChanged: 's name, s old_owner, s new_owner',
    NameLost: 's name',
    NameAcquired: 's name',
  },
});

export const busAddress = { name: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus' } as const;
