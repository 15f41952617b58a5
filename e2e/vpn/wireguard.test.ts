// WireGuard, in a kernel that has it: see guest/wireguard.ts for the scenarios.
import { guestTest, inGuest } from './guest/in-guest';

jest.setTimeout(420_000);

guestTest('WireGuard carries traffic, survives the daemon, and follows its server', () => inGuest('wireguard.ts'));
