// Stamps every address that the kernel shows on the machine, as lines of JSON: usable ones, and those still being checked.
import { netlinkPort } from '@connman/linux';
import { type KernelEvent, openRouteSocket } from '@connman/netlink';
import { monotonicMs } from '../wired/sighting';

export interface SeenAddress {
  /** Milliseconds of CLOCK_MONOTONIC. */
  readonly at: number;
  readonly address: string;
  readonly prefixLength: number;
  /** Duplicate address detection is over. */
  readonly isUsable: boolean;
}

/** IFA_F_TENTATIVE. */
const tentative = 0x40;

openRouteSocket(netlinkPort, {
  // RTNLGRP_IPV4_IFADDR and RTNLGRP_IPV6_IFADDR.
  groups: [5, 9],
  onEvents: (events: readonly KernelEvent[]) => {
    const at = monotonicMs();
    for (const event of events) {
      if (event.kind !== 'address') continue;
      const { address, prefixLength, flags } = event.address;
      const seen: SeenAddress = { at, address, prefixLength, isUsable: (flags & tentative) === 0 };
      console.log(JSON.stringify(seen));
    }
  },
  onResync: () => {
    throw new Error('netlink receive buffer overrun');
  },
  onFault: (fault) => {
    throw new Error(JSON.stringify(fault));
  },
});
console.log('listening');
