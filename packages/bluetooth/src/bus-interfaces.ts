/** The D-Bus interfaces of BlueZ that are used here (its documentation: org.bluez.Adapter, .Device, .Network, .NetworkServer). */
import { defineInterface } from '@connman/dbus';

export const bluezBusName = 'org.bluez';

export const adapterInterfaceName = 'org.bluez.Adapter1';

export const deviceInterface = defineInterface({
  name: 'org.bluez.Device1',
  /** Ends all that is connected with the device. */
  methods: { Disconnect: { in: '', out: '' } },
  signals: {},
});

/** A device that can be connected to by a personal area network. */
export const networkInterface = defineInterface({
  name: 'org.bluez.Network1',
  methods: {
    /** Ends with the caller's place on the bus. */
    Connect: { in: 's uuid', out: 's interface' },
    Disconnect: { in: '', out: '' },
  },
  signals: {},
});

/** An adapter that can let others join. */
export const networkServerInterface = defineInterface({
  name: 'org.bluez.NetworkServer1',
  methods: {
    /** Links of those who join become ports of the bridge; ends with the caller's place on the bus. */
    Register: { in: 's uuid, s bridge', out: '' },
    Unregister: { in: 's uuid', out: '' },
  },
  signals: {},
});
