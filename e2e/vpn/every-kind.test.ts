// What each of the six VPNs keeps to with its real server: see guest/every-kind.ts.
import { guestTest, inGuest } from './guest/in-guest';

jest.setTimeout(420_000);

guestTest.each(['WireGuard', 'OpenVPN', 'OpenConnect', 'VPNC', 'L2TP', 'PPTP'])(
  '%s loses nothing while our daemons change, and is back after another uplink and a server that restarts',
  (type) => inGuest('every-kind.ts', type),
);
