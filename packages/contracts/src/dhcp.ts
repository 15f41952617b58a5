/**
 * What connmand asks of the DHCP component and what it hears from it, whether the component is hosted in connmand or a program
 * of its own on the bus. Plain values throughout, so that a recorded conversation replays.
 */
import type { Family, Ipv6Address } from '@connman/inet';
import type { Dhcp4Event, Dhcp4Request } from './dhcp4';
import type { Dhcp6Event, Dhcp6Request } from './dhcp6';

/** One client to run: a link, a family, and what to ask for. */
export type DhcpRequest = Dhcp4Request | Dhcp6Request;
export type DhcpEvent = Dhcp4Event | Dhcp6Event;

/** A link has at most one client of each family: (ifindex, family) names it. */
export interface DhcpComponent {
  /** Starts the client of a link and family; one that runs is replaced without a release. */
  start(request: DhcpRequest): void;
  /** Ends a client, giving the lease back to the server if `release`. Fine if none runs. */
  stop(ifindex: number, family: Family, options: { readonly release: boolean }): void;
  /** Has the lease confirmed now (REBOOTING; Confirm or Rebind), as after a moment without carrier. */
  renew(ifindex: number, family: Family): void;
  /** Another host has this address of the DHCPv6 lease (the kernel's duplicate address detection): Decline it. */
  decline(ifindex: number, address: Ipv6Address): void;
  onEvent(listener: (event: DhcpEvent) => void): void;
}
