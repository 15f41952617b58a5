/**
 * Whether a link-layer address is one of this machine's own. Two links of one machine in the same segment are no conflict: the
 * kernel answers ARP for all of its addresses on each of them (RFC 5227 sections 2.1.1 and 2.4 except the host's own interfaces).
 */
import { type Instant, OsError } from '@connman/base';
import type { MacAddress } from '@connman/inet';
import type { Clock, LinkAddresses } from '@connman/ports';

/** A flood of claims must not become a flood of system calls. */
const memoryMs = 1000;

export class OwnLinks {
  private readonly clock: Clock;
  private readonly addresses: LinkAddresses;
  private known: ReadonlySet<MacAddress> = new Set();
  private readAt: Instant | undefined;

  constructor(clock: Clock, addresses: LinkAddresses) {
    this.clock = clock;
    this.addresses = addresses;
  }

  has(mac: MacAddress): boolean {
    const now = this.clock.now();
    if (this.readAt === undefined || now - this.readAt >= memoryMs) {
      this.readAt = now;
      this.known = this.read();
    }
    return this.known.has(mac);
  }

  private read(): ReadonlySet<MacAddress> {
    try {
      return this.addresses.read();
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      // Without an answer every claim counts, as on a machine with one link.
      return new Set();
    }
  }
}
