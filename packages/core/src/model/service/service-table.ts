/** The services, and what the stages want to know of them. */
import { Table } from '../table/table';
import { kindOf } from '../technology/kinds';
import {
  attemptTimeout,
  connectTimeout,
  givesWayAt,
  lease6Expiry,
  leaseExpiry,
  nextAttempt,
  patienceEnd,
} from './deadlines';
import { isConnected, linkOf, mayAutoConnect, type Service } from './service';
import { isSoughtAfter } from './settings';

export class ServiceTable extends Table<string, Service> {
  /** Peers, which lead nowhere, are not among them. */
  readonly byState = this.groupBy(({ state, type }) => (kindOf(type).isPeer ? undefined : state));
  /** The link a service is connected by. */
  readonly byLink = this.groupBy(linkOf);
  /** Of those with a connection. */
  readonly byDevice = this.groupBy(({ connection }) => connection?.device);
  readonly byNetwork = this.groupBy(({ connection }) => connection?.network);
  readonly byPhase = this.groupBy(({ connection }) => connection && (connection.link ? 'joined' : 'joining'));
  /** Connected ones, by technology. */
  readonly connected = this.groupBy(({ state, type }) => (isConnected(state) ? type : undefined));
  /** Connected ones with a data budget. */
  readonly budgeted = this.groupBy(({ state, settings }) =>
    settings.dataBudget && isConnected(state) ? 'budgeted' : undefined,
  );
  /** Tunnels with a connection. */
  readonly tunnels = this.groupBy(({ connection, type }) =>
    connection && kindOf(type).isTunnel ? 'tunnel' : undefined,
  );
  /** Peers, by whether there is a link to them. */
  readonly peers = this.groupBy(({ connection, type }) =>
    kindOf(type).isPeer ? (connection?.link ? 'joined' : 'apart') : undefined,
  );
  /** Those that are connected over IPv4, or still are from a former run. */
  readonly uplinks4 = this.groupBy(({ families, connection }) =>
    isConnected(families[4].state) || connection?.dhcp4.adopted ? 4 : undefined,
  );
  readonly leaving = this.groupBy(({ leaving }) => (leaving ? 'leaving' : undefined));
  /** What auto-connect may have to do with, if a network of theirs can be joined. */
  readonly candidates = this.groupBy((service) => (mayAutoConnect(service) ? 'candidate' : undefined));
  /** Looked for on the frequency of their last connection, by technology. */
  readonly soughtAfter = this.groupBy(({ type, settings }) => (isSoughtAfter(settings) ? type : undefined));

  readonly retries = this.agendaBy((service) => (mayAutoConnect(service) ? service.retryAt : undefined));
  readonly patienceEnds = this.agendaBy(patienceEnd);
  readonly connectTimeouts = this.agendaBy(connectTimeout);
  readonly attemptTimeouts = this.agendaBy(attemptTimeout);
  readonly givesWayAt = this.agendaBy(givesWayAt);
  readonly nextAttempts = this.agendaBy(nextAttempt);
  readonly leaseExpiries = this.agendaBy(leaseExpiry);
  readonly lease6Expiries = this.agendaBy(lease6Expiry);
  readonly nat64Searches = this.agendaBy(({ connection }) => connection?.nat64Search?.askAt);

  /** Whether any service has a connection; of peers none counts. */
  get isOneInUse(): boolean {
    return this.byPhase.names().some((phase) => this.byPhase.of(phase).some(({ type }) => !kindOf(type).isPeer));
  }
}
