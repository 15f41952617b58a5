/** The networks, and what the stages want to know of them. */
import type { NetworkId } from '@connman/contracts';
import { Table } from '../table/table';
import type { Network } from './network';

export class NetworkTable extends Table<NetworkId, Network> {
  readonly byService = this.groupBy(({ serviceId }) => serviceId);
  readonly byDevice = this.groupBy(({ device }) => device);
  /** A driver has joined them or is about to; a cable, which has no attempts, is not among them. */
  readonly joined = this.groupBy(({ link }) => (link.kind !== 'idle' && link.attempt !== 0 ? 'joined' : undefined));
}
