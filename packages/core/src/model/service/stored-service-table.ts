/** Settings of services that are not around, by service identifier, and what the stages want to know of them. */
import { Table } from '../table/table';
import { isSoughtAfter, type ServiceSettings } from './settings';

export class StoredServiceTable extends Table<string, ServiceSettings> {
  /** Looked for on the frequency of their last connection. */
  readonly soughtAfter = this.groupBy((settings) => (isSoughtAfter(settings) ? 'sought' : undefined));

  constructor(stored: ReadonlyMap<string, ServiceSettings>) {
    super();
    for (const [id, settings] of stored) this.set(id, settings);
  }
}
