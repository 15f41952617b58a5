/** The networks, and what the stages want to know of them. */
import type { NetworkId } from '@connman/contracts';
import { Table } from '../table/table';
import { kindOf } from '../technology/kinds';
import type { Network } from './network';

export class NetworkTable extends Table<NetworkId, Network> {
  readonly byService = this.groupBy(({ serviceId }) => serviceId);
  readonly byDevice = this.groupBy(({ device }) => device);
  /**
   * A driver has joined them or is about to; a cable, which has no attempts, is not among them, nor is a network that another
   * program is about to join.
   */
  readonly joined = this.groupBy(({ link, type }) => {
    const isOurs =
      link.kind !== 'idle' && (link.attempt !== 0 || (link.kind === 'up' && kindOf(type).lossEnds === 'connection'));
    return isOurs ? 'joined' : undefined;
  });
  /** Tunnels, and groups of peers, that another program, or a former run, has connected or is about to. */
  readonly begunElsewhere = this.groupBy(({ link, type }) =>
    (kindOf(type).isTunnel || kindOf(type).isPeer) && link.kind !== 'idle' && link.attempt === 0 ? 'begun' : undefined,
  );
}
