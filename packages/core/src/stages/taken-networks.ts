/** The IPv4 networks that a shared one must not overlap (rules 162 and 164). */
import { familyOf, type Prefix } from '@connman/inet';
import { ownProtocol } from '../model/observed/keys';
import { contributionsOf } from '../model/service/progress';
import { sharedPrefixLength } from '../model/tethering/network';
import { sharedNetworks } from '../model/tethering/tethering';
import { servicesOf } from '../turn';
import type { World } from '../world';

/** Of all links but this one: their addresses, what their services bring along, and what else is shared. */
export function takenNetworks(world: World, interfaceName: string): Prefix[] {
  const { observed, tethering } = world;
  const taken: Prefix[] = [];
  for (const { ifindex, address, prefixLength, protocol } of observed.addresses.values()) {
    if (familyOf(address) !== 4) continue;
    // A bridge of the user's may have a network of its own.
    const isOwn = !tethering.choice.isLent || protocol === ownProtocol;
    if (isOwn && observed.links.get(ifindex)?.name === interfaceName) continue;
    taken.push({ address, length: prefixLength });
  }
  for (const service of servicesOf(world)) {
    for (const { routes, addresses } of contributionsOf(service)) {
      taken.push(...routes.map(({ destination }) => destination));
      taken.push(...addresses.map(({ address, prefixLength }) => ({ address, length: prefixLength })));
    }
  }
  for (const other of sharedNetworks(tethering)) {
    if (other.interfaceName !== interfaceName) taken.push({ address: other.network, length: sharedPrefixLength });
  }
  return taken;
}
