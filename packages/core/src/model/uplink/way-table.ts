/** The ways of the uplinks, by service and family, and what the stages want to know of them. */
import type { Family } from '@connman/inet';
import { Table } from '../table/table';
import { nextOf, type Way } from './way';

export class WayTable extends Table<string, Way> {
  readonly byFamily = this.groupBy(({ family }) => family);
  readonly verified = this.groupBy(({ verdict, family }) => (verdict === 'verified' ? family : undefined));
  readonly byCheck = this.groupBy(({ checkId }) => checkId);
  readonly deadlines = this.agendaBy(nextOf);

  put(way: Way): void {
    this.set(wayKey(way.serviceId, way.family), way);
  }
}

export function wayKey(serviceId: string, family: Family): string {
  return `${serviceId}/${family}`;
}
