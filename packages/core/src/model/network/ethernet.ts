/**
 * Ethernet, the kind that needs no driver: each managed link is a device, and a cable in it is a network that is up by
 * itself, unless its service authenticates to the switch (802.1X).
 */
import { type DeviceFact, ethernetDeviceId } from '@connman/contracts';
import type { LinkFact } from '@connman/netlink';

export function ethernetDevice(link: LinkFact): DeviceFact {
  return {
    id: ethernetDeviceId(link.ifindex),
    type: 'ethernet',
    ident: ethernetIdent(link),
    interfaceName: link.name,
    ifindex: link.ifindex,
    powered: link.up,
    can: { scan: false, activeSsids: 0, tether: true },
  };
}

/** ConnMan's identifiers of Ethernet ports: `<mac>`, `<mac>_<vlan>`, `<mac>_p<port>`, `<mac>_p<port>_<vlan>`. */
export function ethernetIdent(link: LinkFact): string {
  const parts = [link.mac.replaceAll(':', '')];
  const port = /^p(\d+)$/.exec(link.physicalPort)?.[1];
  if (port !== undefined) parts.push(`p${Number(port).toString(16).padStart(2, '0')}`);
  if (link.kind === 'vlan') parts.push(link.vlanId.toString(16).padStart(3, '0'));
  return parts.join('_');
}
