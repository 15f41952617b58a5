/** What we did to links, and what the stages want to know of it. */
import { Table } from '../table/table';
import type { LinkState } from './link-state';

export class LinkStateTable extends Table<number, LinkState> {
  /** Those whose MTU is another than it was. */
  readonly borrowed = this.groupBy(({ mtu }) => (mtu ? 'mtu' : undefined));
  /** The ends of moments without carrier that a change of the MTU may bring. */
  readonly resets = this.agendaBy(({ resetUntil }) => resetUntil);
  /** When routers are to be asked. */
  readonly solicitations = this.agendaBy(({ solicitation }) => solicitation?.at);
}
