/** The kernel's side of radios, by nl80211. */
import type { Logger } from '@connman/base';
import type { MacAddress } from '@connman/inet';
import type { Clock, NetlinkPort } from '@connman/ports';
import type { AirEvent } from './air';
import { type Ears, KernelEars } from './ears';
import { type AirListener, listenToAir } from './listener';

export interface Nl80211 {
  readonly ears: Ears;
  /** @param ownAddress the address a link uses now. */
  listen(ownAddress: (ifindex: number) => MacAddress | undefined, onEvent: (event: AirEvent) => void): AirListener;
  close(): void;
}

/** @param randomScanAddress scans while not connected show a random address, where the radio can. */
export function kernelNl80211(netlink: NetlinkPort, clock: Clock, log: Logger, randomScanAddress = false): Nl80211 {
  const ears = new KernelEars(netlink, clock, log, randomScanAddress);
  return {
    ears,
    listen: (ownAddress, onEvent) => listenToAir(netlink, log, ownAddress, onEvent),
    close: () => ears.close(),
  };
}
