/** What routers say of names, by ifindex, and when the first of it is over or to be asked for again. */
import type { Instant } from '@connman/base';
import { Table } from '../table/table';
import type { AdvertisedNames } from './advertised';

export class AdvertisedTable extends Table<number, AdvertisedNames> {
  readonly moments = this.agendaBy(({ nameservers, domains }) => {
    let first: Instant | undefined;
    for (const terms of [nameservers, domains]) {
      for (const { until, refreshAt } of terms.values()) {
        for (const moment of [until, refreshAt]) {
          if (moment !== undefined && (first === undefined || moment < first)) first = moment;
        }
      }
    }
    return first;
  });
}
