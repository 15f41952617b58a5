// L2TP and PPTP, in a kernel that has PPP: see guest/ppp.ts for the scenarios.
import { guestTest, inGuest } from './guest/in-guest';

jest.setTimeout(420_000);

guestTest('L2TP and PPTP come up, and tell a wrong password', () => inGuest('ppp.ts'));
