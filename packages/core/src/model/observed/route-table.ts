/** The observed routes, by routeKey, and what plan and the tables want to know of them. */
import type { RouteFact } from '@connman/netlink';
import { Table } from '../table/table';
import { mainTable } from './keys';

type Slot = Pick<RouteFact, 'family' | 'metric' | 'destination'> & { readonly table?: number };

/** Table, destination and metric: what the kernel holds for one route that may be replaced. */
export function slotOf({ family, metric, destination: { address, length }, table = mainTable }: Slot): string {
  return `${table === mainTable ? '' : `table ${table} `}${family} ${address}/${length} metric ${metric}`;
}

/** RTPROT_RA. */
const byAdvertisement = 9;

export class RouteTable extends Table<string, RouteFact> {
  /** Of the main table. */
  readonly byLink = this.groupBy(({ ifindex, table }) => (table === mainTable ? ifindex : undefined));
  /** Of the links' own tables. */
  readonly apart = this.groupBy(({ ifindex, table }) => (table === mainTable ? undefined : ifindex));
  readonly bySlot = this.groupBy(slotOf);
  /** IPv6 default routes that the kernel made of router advertisements. */
  readonly advertised = this.groupBy(({ family, destination, protocol }) =>
    family === 6 && destination.length === 0 && protocol === byAdvertisement ? 'default' : undefined,
  );
}
