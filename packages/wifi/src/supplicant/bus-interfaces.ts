/** The D-Bus interfaces of wpa_supplicant that are used here (its documentation: doc/dbus.doxygen). */
import { defineInterface } from '@connman/dbus';

export const supplicantBusName = 'fi.w1.wpa_supplicant1';
export const supplicantRoot = '/fi/w1/wpa_supplicant1';

export const supplicantRootInterface = defineInterface({
  name: 'fi.w1.wpa_supplicant1',
  methods: {
    CreateInterface: { in: 'a{sv} args', out: 'o path' },
    RemoveInterface: { in: 'o path', out: '' },
    GetInterface: { in: 's ifname', out: 'o path' },
  },
  signals: {
    InterfaceAdded: 'o path, a{sv} properties',
    InterfaceRemoved: 'o path',
  },
});

export const radioInterface = defineInterface({
  name: 'fi.w1.wpa_supplicant1.Interface',
  methods: {
    Scan: { in: 'a{sv} args', out: '' },
    AbortScan: { in: '', out: '' },
    Disconnect: { in: '', out: '' },
    AddNetwork: { in: 'a{sv} args', out: 'o path' },
    RemoveNetwork: { in: 'o path', out: '' },
    RemoveAllNetworks: { in: '', out: '' },
    SelectNetwork: { in: 'o path', out: '' },
    NetworkReply: { in: 'o path, s field, s value', out: '' },
    AddBlob: { in: 's name, ay data', out: '' },
    RemoveBlob: { in: 's name', out: '' },
  },
  signals: {
    ScanDone: 'b success',
    BSSAdded: 'o path, a{sv} properties',
    BSSRemoved: 'o path',
    NetworkRequest: 'o path, s field, s text',
    Certification: 'a{sv} certification',
    EAP: 's status, s parameter',
    StationAdded: 'o path, a{sv} properties',
    StationRemoved: 'o path',
  },
});

export const wpsInterface = defineInterface({
  name: 'fi.w1.wpa_supplicant1.Interface.WPS',
  methods: {
    Start: { in: 'a{sv} args', out: 'a{sv} output' },
    Cancel: { in: '', out: '' },
  },
  signals: {
    Event: 's name, a{sv} args',
    Credentials: 'a{sv} credentials',
  },
});

export const networkInterfaceName = 'fi.w1.wpa_supplicant1.Network';
export const bssInterfaceName = 'fi.w1.wpa_supplicant1.BSS';
