// L2TP and PPTP, in a kernel that has PPP: see guest/ppp.ts for the scenarios.
import { guestTest, inGuest } from './guest/in-guest';

jest.setTimeout(420_000);

guestTest('L2TP and PPTP come up, tell a wrong password, and survive the daemon', () => inGuest('ppp.ts'));
