/** The D-Bus interfaces of ModemManager that are used here (its reference: org.freedesktop.ModemManager1). */
import { defineInterface } from '@connman/dbus';

export const modemManagerBusName = 'org.freedesktop.ModemManager1';
/** Of its object manager, which lists modems; SIMs and bearers are objects that it does not list. */
export const modemManagerPath = '/org/freedesktop/ModemManager1';

export const modemInterface = defineInterface({
  name: 'org.freedesktop.ModemManager1.Modem',
  methods: {
    Enable: { in: 'b enable', out: '' },
    SetPowerState: { in: 'u state', out: '' },
  },
  signals: {},
});

export const modem3gppInterfaceName = 'org.freedesktop.ModemManager1.Modem.Modem3gpp';
export const simInterfaceName = 'org.freedesktop.ModemManager1.Sim';
export const bearerInterfaceName = 'org.freedesktop.ModemManager1.Bearer';

/** Registers, attaches and connects in one call. */
export const simpleInterface = defineInterface({
  name: 'org.freedesktop.ModemManager1.Modem.Simple',
  methods: {
    Connect: { in: 'a{sv} properties', out: 'o bearer' },
    /** "/" for all bearers. */
    Disconnect: { in: 'o bearer', out: '' },
  },
  signals: {},
});

export const timeInterface = defineInterface({
  name: 'org.freedesktop.ModemManager1.Modem.Time',
  methods: { GetNetworkTime: { in: '', out: 's time' } },
  signals: { NetworkTimeChanged: 's time' },
});

/** MMModemState: those below have no radio, those from `registered` on are in a network. */
export const modemState = { locked: 2, enabled: 6, registered: 8 } as const;
/** MMModemPowerState. */
export const lowPower = 2;
/** MMModem3gppRegistrationState: in another operator's network, in the ways there are. */
export const roamingStates: readonly number[] = [5, 7, 10];
/** MMModemLock, as far as users know them. */
export const locks: ReadonlyMap<number, string> = new Map([
  [2, 'PIN'],
  [3, 'PIN2'],
  [4, 'PUK'],
  [5, 'PUK2'],
]);
/** MMBearerIpFamily. */
export const ipFamily = { ipv4: 1, both: 4 } as const;
