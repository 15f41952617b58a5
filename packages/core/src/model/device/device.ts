/** A managed link as a device: what it is called on the bus and what we want of its power. */
import type { Instant } from '@connman/base';
import type { LinkFact } from '@connman/netlink';

/** Router solicitations still to be sent, and when. */
export interface Solicitation {
  readonly left: number;
  readonly at: Instant;
}

/** What was decided of a link, and for which fact of it: a machine may have a thousand links that do not change. */
export interface Verdict {
  readonly link: LinkFact;
  /** Why it is not managed; undefined if it is. */
  readonly reason: string | undefined;
}

export interface Device {
  readonly ifindex: number;
  readonly interfaceName: string;
  /** The service identifier's middle part: MAC without colons, then port and VLAN if there are. */
  readonly ident: string;
  /** IFF_UP is to become this; undefined once it is, so that what an administrator does later stands. */
  readonly pendingPower: boolean | undefined;
  /** IPv6 as we have set it: off, or on with this use_tempaddr; undefined while the link is as we found it. */
  readonly ipv6: 'off' | '0' | '1' | '2' | undefined;
  readonly solicitation?: Solicitation;
  /** The MTU before a service changed it; 0 if none did. */
  readonly originalMtu: number;
  /** We changed the MTU a moment ago: many network cards begin anew then, and are without carrier for some seconds. */
  readonly resetUntil?: Instant;
}

/** How long a card may take to find its carrier again. */
export const resetMs = 5_000;

export function isResetting(device: Device | undefined, now: Instant): boolean {
  return device?.resetUntil !== undefined && device.resetUntil > now;
}

/** ConnMan's identifiers of Ethernet ports: `<mac>`, `<mac>_<vlan>`, `<mac>_p<port>`, `<mac>_p<port>_<vlan>`. */
export function deviceIdent(link: LinkFact): string {
  const parts = [link.mac.replaceAll(':', '')];
  const port = /^p(\d+)$/.exec(link.physicalPort)?.[1];
  if (port !== undefined) parts.push(`p${Number(port).toString(16).padStart(2, '0')}`);
  if (link.kind === 'vlan') parts.push(link.vlanId.toString(16).padStart(3, '0'));
  return parts.join('_');
}

export function serviceIdOf(device: Device): string {
  return `ethernet_${device.ident}_cable`;
}
