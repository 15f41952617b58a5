/** What we have done to a link, and what we wait for on it: of every link that a device has or a service is connected by. */
import type { Instant } from '@connman/base';
import type { LinkFact } from '@connman/netlink';
import type { Borrowed } from '../borrowed';

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

export interface LinkState {
  /** IPv6 as we have set it: off, or on with this use_tempaddr; undefined while the link is as we found it. */
  readonly ipv6: 'off' | '0' | '1' | '2' | undefined;
  /** The service IPv6 was switched on for. */
  readonly ipv6Of?: string;
  /** The service whose secret its IPv6 addresses are made of; empty for one of a former run. */
  readonly stableFor?: string;
  readonly solicitation?: Solicitation;
  /** The MTU, while a service has it changed. */
  readonly mtu?: Borrowed<number>;
  /** We changed the MTU a moment ago: many network cards begin again then, and are without carrier for some seconds. */
  readonly resetUntil?: Instant;
  /** Its routers were found to advertise too much, and that was logged. */
  readonly isCrowded?: true;
}

export const untouchedLink: LinkState = { ipv6: undefined };

/** How long a card may take to find its carrier again. */
export const resetMs = 5_000;

export function isResetting(link: LinkState | undefined, now: Instant): boolean {
  return link?.resetUntil !== undefined && link.resetUntil > now;
}
