/**
 * The interfaces of peers and sessions: a client asks for them and takes the error where a daemon does not offer them.
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
