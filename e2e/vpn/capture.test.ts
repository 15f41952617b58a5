// What leaves the uplinks in clear beside a WireGuard tunnel: see guest/capture.ts for the table, of which this is a sample.
import { guestTest, inGuest } from './guest/in-guest';

jest.setTimeout(420_000);

guestTest('nothing that belongs to a tunnel leaves in clear while uplink, server and daemons change', () =>
  inGuest('capture.ts'),
);
