/** The D-Bus interfaces of wpa_supplicant that Wi-Fi Direct uses (its documentation: doc/dbus.doxygen). */
import { defineInterface } from '@connman/dbus';

export const p2pInterface = defineInterface({
  name: 'fi.w1.wpa_supplicant1.Interface.P2PDevice',
  methods: {
    Find: { in: 'a{sv} args', out: '' },
    StopFind: { in: '', out: '' },
    ExtendedListen: { in: 'a{sv} args', out: '' },
    Connect: { in: 'a{sv} args', out: 's generated_pin' },
    Cancel: { in: '', out: '' },
    Disconnect: { in: '', out: '' },
    RejectPeer: { in: 'o peer', out: '' },
    AddService: { in: 'a{sv} args', out: '' },
    FlushService: { in: '', out: '' },
  },
  signals: {
    DeviceFound: 'o path',
    DeviceLost: 'o path',
    FindStopped: '',
    ProvisionDiscoveryRequestDisplayPin: 'o peer, s pin',
    GONegotiationRequest: 'o path, q dev_passwd_id, y device_go_intent',
    GONegotiationFailure: 'a{sv} properties',
    GroupStarted: 'a{sv} properties',
    GroupFormationFailure: 's reason',
    GroupFinished: 'a{sv} properties',
    WpsFailed: 's name, a{sv} args',
  },
});

export const groupInterface = defineInterface({
  name: 'fi.w1.wpa_supplicant1.Group',
  methods: {},
  signals: { PeerJoined: 'o peer', PeerDisconnected: 'o peer' },
});

export const peerInterfaceName = 'fi.w1.wpa_supplicant1.Peer';
