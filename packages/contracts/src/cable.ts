/**
 * What connmand and the driver of wired 802.1X both call the devices and networks of Ethernet. connmand makes them of links and
 * carriers by itself; the driver reports no more than how far a cable's port is authorised.
 */
import { type DeviceId, deviceId, type NetworkFact, type NetworkId, networkId } from './technology';

export const ethernetDriver = 'ethernet';

/** Of association attempts: a cable is in without one. */
const noAttempt = 0;

export const ethernetDeviceId = (ifindex: number): DeviceId => deviceId(`${ethernetDriver}/${ifindex}`);
export const cableId = (ifindex: number): NetworkId => networkId(`${ethernetDriver}/${ifindex}/cable`);

export function cable(ifindex: number): NetworkFact {
  return {
    id: cableId(ifindex),
    device: ethernetDeviceId(ifindex),
    group: 'cable',
    name: 'Wired',
    link: { kind: 'up', attempt: noAttempt, ifindex },
  };
}

/** Undefined for a network that is no cable. */
export function ifindexOfCable(id: NetworkId): number | undefined {
  const digits = /^ethernet\/(\d+)\/cable$/.exec(id)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
