/**
 * Ethernet, the kind that needs no driver: each managed link is a device, and a cable in it is a network that is up by
 * itself, unless its service authenticates to the switch (802.1X). The link of a USB gadget, which this machine is to another
 * one, is the same under another type (rules 46 and 208).
 */
import { cable, type DeviceFact, ethernetDeviceId, type TechnologyType } from '@connman/contracts';
import type { LinkFact } from '@connman/netlink';
import { kindOf } from '../technology/kinds';
import { type Network, networkOf } from './network';

const typesByDeviceType: ReadonlyMap<string, TechnologyType> = new Map([['gadget', 'gadget']]);

/** @param deviceType the DEVTYPE of the link's uevent, empty if it has none */
export function ethernetDevice(link: LinkFact, deviceType: string): DeviceFact {
  return {
    id: ethernetDeviceId(link.ifindex),
    type: typesByDeviceType.get(deviceType) ?? 'ethernet',
    ident: ethernetIdent(link),
    interfaceName: link.name,
    ifindex: link.ifindex,
    powered: link.up,
    can: { scan: false, activeSsids: 0, tether: true },
  };
}

/** The network that is there while a cable is in. */
export function cableOf(device: DeviceFact, ifindex: number): Network {
  const fact = cable(ifindex);
  return networkOf(device, { ...fact, group: kindOf(device.type).cable ?? fact.group });
}

/** ConnMan's identifiers of Ethernet ports: `<mac>`, `<mac>_<vlan>`, `<mac>_p<port>`, `<mac>_p<port>_<vlan>`. */
function ethernetIdent(link: LinkFact): string {
  const parts = [link.mac.replaceAll(':', '')];
  const port = /^p(\d+)$/.exec(link.physicalPort)?.[1];
  if (port !== undefined) parts.push(`p${Number(port).toString(16).padStart(2, '0')}`);
  if (link.kind === 'vlan') parts.push(link.vlanId.toString(16).padStart(3, '0'));
  return parts.join('_');
}
