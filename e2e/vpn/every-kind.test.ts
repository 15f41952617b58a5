// What each of the six VPNs keeps to with its real server: see guest/every-kind.ts. Half a minute each: the ordinary run takes one of
// each way to a tunnel (the kernel, a program with a management interface, pppd), VPN_KINDS=all takes all.
import { guestTest, inGuest } from './guest/in-guest';

jest.setTimeout(420_000);

const ordinary = ['WireGuard', 'OpenVPN', 'L2TP'];
const kinds = process.env.VPN_KINDS === 'all' ? [...ordinary, 'OpenConnect', 'VPNC', 'PPTP'] : ordinary;

guestTest.each(kinds)(
  '%s loses nothing while our daemons change, and is back after another uplink and a server that restarts',
  (type) => inGuest('every-kind.ts', type),
);
