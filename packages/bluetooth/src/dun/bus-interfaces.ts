/** The D-Bus interfaces of dundee, oFono's daemon for dial-up networking (its documentation: doc/dundee-api.txt). */
import { defineInterface } from '@connman/dbus';

export const dundeeBusName = 'org.ofono.dundee';

export const dundeeManagerInterface = defineInterface({
  name: 'org.ofono.dundee.Manager',
  methods: { GetDevices: { in: '', out: 'a(oa{sv}) devices' } },
  signals: { DeviceAdded: 'o path, a{sv} properties', DeviceRemoved: 'o path' },
});

/** A paired phone that offers dial-up networking. */
export const dundeeDeviceInterface = defineInterface({
  name: 'org.ofono.dundee.Device',
  methods: {
    GetProperties: { in: '', out: 'a{sv} properties' },
    /** Active: dials, or hangs up. */
    SetProperty: { in: 's property, v value', out: '' },
  },
  signals: { PropertyChanged: 's property, v value' },
});
