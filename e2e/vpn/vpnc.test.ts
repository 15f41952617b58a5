// vpnc, in a kernel with ESP: see guest/vpnc.ts for the scenarios.
import { guestTest, inGuest } from './guest/in-guest';

jest.setTimeout(420_000);

guestTest('vpnc comes up with a Cisco gateway, and tells a wrong password', () => inGuest('vpnc.ts'));
