/** What goes through a VPN's tunnel, in one line. */
import { oneLine } from '@connman/base';
import { parseIpv4, prefixLengthOf } from '@connman/inet';
import type { PropertyMap } from './print';

/** More are only counted. */
const mostNetworks = 4;

/** Of the properties of net.connman.vpn.Connection while it is up. */
export function tunnelLine(properties: PropertyMap): string {
  const isLocked = ['true', 'local'].includes(properties.get('KillSwitch')?.as('s') ?? '');
  const lock = isLocked ? '; nothing leaves past it until you disconnect (KillSwitch)' : '';
  if (!properties.get('SplitRouting')?.as('b')) return `All traffic goes through it${lock}\n`;
  const networks = [...networksOf(properties, 'UserRoutes'), ...networksOf(properties, 'ServerRoutes')];
  if (networks.length === 0) return `Only the tunnel's own network goes through it${lock}\n`;
  const more = networks.length > mostNetworks ? ` and ${networks.length - mostNetworks} more` : '';
  return `Only ${networks.slice(0, mostNetworks).join(', ')}${more} ${networks.length > 1 ? 'go' : 'goes'} through it${lock}\n`;
}

function networksOf(properties: PropertyMap, name: 'UserRoutes' | 'ServerRoutes'): string[] {
  return (properties.get(name)?.as('a(a{sv})') ?? []).flatMap(([entry]) => {
    const network = entry.get('Network')?.as('s') ?? '';
    const mask = entry.get('Netmask')?.as('s') ?? '';
    const dotted = parseIpv4(mask);
    const length = dotted ? prefixLengthOf(dotted) : Number(mask);
    // A default route has no part in a split tunnel, nor have its halves.
    return network === '' || length === undefined || !(length > 1) ? [] : [oneLine(`${network}/${length}`)];
  });
}
