/** What routers say of names, portals and NAT64, by ifindex, and when the first of it is over or to be asked for again. */
import type { Instant } from '@connman/base';
import type { Ipv6Address } from '@connman/inet';
import { Table } from '../table/table';

/** How long a word of a router counts. */
export interface Term {
  /** Absent: for ever. */
  readonly until?: Instant;
  /** When a router is to be asked again (rule 143); absent if it was, and for what is too short-lived to be asked for. */
  readonly refreshAt?: Instant;
}

export interface AdvertisedNames {
  readonly nameservers: ReadonlyMap<Ipv6Address, Term>;
  readonly domains: ReadonlyMap<string, Term>;
  /** RFC 8781: prefixes of translation to IPv4, as text. */
  readonly nat64: ReadonlyMap<string, Term>;
  /** RFC 8910: where the network says whether a captive portal is in the way; counts as long as the link leads there. */
  readonly portalApi?: string;
}

export class AdvertisedTable extends Table<number, AdvertisedNames> {
  readonly moments = this.agendaBy(({ nameservers, domains, nat64 }) => {
    let first: Instant | undefined;
    for (const terms of [nameservers, domains, nat64]) {
      for (const { until, refreshAt } of terms.values()) {
        for (const moment of [until, refreshAt]) {
          if (moment !== undefined && (first === undefined || moment < first)) first = moment;
        }
      }
    }
    return first;
  });
}
