/**
 * What each service has carried, at home and roaming (ConnMan rule 197). The kernel counts; it is read when a service becomes
 * connected, when it ends, and when a client wants to know. Totals go to disk when a connection ends, and at no other time.
 */
import { type Instant, type Logger, OsError } from '@connman/base';
import type { Variant } from '@connman/dbus';
import type { Clock, Files } from '@connman/ports';
import { growth, noUsage, parseTraffic, sum, type Usage, usageKeys } from '../../model/counter/usage';
import { isConnected, type ServiceState, serviceOfPath } from '../../model/service/service';
import type { PropertyMap, Snapshot } from '../publish/snapshot';
import { appendTotals, noTotals, readTotals, type ServiceTotals } from './statistics-file';

export interface StatisticsOptions {
  readonly files: Pick<Files, 'read' | 'readBytes' | 'writeAtomic'>;
  readonly clock: Clock;
  /** /var/lib/connman, with a folder for each service. */
  readonly folder: string;
  readonly log: Logger;
}

/** A connected service's. */
interface Account {
  readonly interfaceName: string;
  isRoaming: boolean;
  /** Bytes in both directions since it began, whatever is reset. */
  carried: number;
  totals: ServiceTotals;
  /** The last reading. */
  traffic: Usage;
  at: Instant;
}

const received = usageKeys.indexOf('RX.Bytes');
const sent = usageKeys.indexOf('TX.Bytes');

export type ConnectedUsage = ServiceTotals & { readonly path: string; readonly isRoaming: boolean };

export class Statistics {
  private readonly options: StatisticsOptions;
  /** By the service's object path. */
  private readonly accounts = new Map<string, Account>();

  constructor(options: StatisticsOptions) {
    this.options = options;
  }

  /** Services at these paths may have been connected, or are no longer. */
  follow({ services }: Snapshot, paths: Iterable<string>): void {
    let traffic: ReadonlyMap<string, Usage> | undefined;
    const now = () => (traffic ??= this.traffic());
    for (const path of paths) {
      const properties = services.get(path);
      const interfaceName = interfaceOf(properties);
      const isRoaming = properties?.get('Roaming')?.value === true;
      const known = this.accounts.get(path);
      const isOver = known && known.interfaceName !== interfaceName;
      if (isOver) this.end(path, known, now());
      if (interfaceName === undefined) continue;
      if (!known || isOver) this.begin(path, interfaceName, isRoaming, now());
      else if (known.isRoaming !== isRoaming) {
        this.advance(known, now());
        known.isRoaming = isRoaming;
      }
    }
  }

  /** What the connected services have carried until now. */
  current(): ConnectedUsage[] {
    const traffic = this.traffic();
    return [...this.accounts].map(([path, account]) => {
      this.advance(account, traffic);
      return { path, isRoaming: account.isRoaming, ...account.totals };
    });
  }

  /** Bytes that connected services have carried in this connection, by identifier. */
  carried(): (readonly [service: string, bytes: number])[] {
    const traffic = this.traffic();
    return [...this.accounts].map(([path, account]) => {
      this.advance(account, traffic);
      return [serviceOfPath(path), account.carried];
    });
  }

  reset(path: string): void {
    const account = this.accounts.get(path);
    if (account) {
      this.advance(account, this.traffic());
      account.totals = noTotals;
    }
    this.save(path, noTotals);
  }

  close(): void {
    const traffic = this.traffic();
    for (const [path, account] of this.accounts) this.end(path, account, traffic);
  }

  private begin(path: string, interfaceName: string, isRoaming: boolean, traffic: ReadonlyMap<string, Usage>): void {
    const bytes = this.attempt(() => this.options.files.readBytes(this.fileOf(path)));
    this.accounts.set(path, {
      interfaceName,
      isRoaming,
      carried: 0,
      totals: (bytes && readTotals(bytes)) ?? noTotals,
      traffic: traffic.get(interfaceName) ?? noUsage,
      at: this.options.clock.now(),
    });
  }

  private end(path: string, account: Account, traffic: ReadonlyMap<string, Usage>): void {
    this.advance(account, traffic);
    this.accounts.delete(path);
    this.save(path, account.totals);
  }

  private advance(account: Account, traffic: ReadonlyMap<string, Usage>): void {
    const now = this.options.clock.now();
    const reading = traffic.get(account.interfaceName) ?? account.traffic;
    const carried = [...growth(account.traffic, reading), (now - account.at) / 1000];
    const kind = account.isRoaming ? 'roaming' : 'home';
    account.totals = { ...account.totals, [kind]: sum(account.totals[kind], carried) };
    account.carried += (carried[received] ?? 0) + (carried[sent] ?? 0);
    account.traffic = reading;
    account.at = now;
  }

  /** Only beside settings: what was never stored of a service leaves no folder behind. */
  private save(path: string, totals: ServiceTotals): void {
    const { files, clock, log } = this.options;
    const file = this.fileOf(path);
    try {
      if (files.read(file.replace(/data$/, 'settings')) === undefined) return;
      const previous = files.readBytes(file);
      files.writeAtomic(file, appendTotals(previous, totals, clock.wallTime()), 0o600);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      log.warning(`${file}: ${error.message}; what the service carried in this connection is not counted`);
    }
  }

  private traffic(): ReadonlyMap<string, Usage> {
    return parseTraffic(this.attempt(() => this.options.files.read('/proc/net/dev')) ?? '');
  }

  private attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.options.log.warning(`${error.message}; counters of services are not complete`);
      return undefined;
    }
  }

  private fileOf(path: string): string {
    return `${this.options.folder}/${path.slice(path.lastIndexOf('/') + 1)}/data`;
  }
}

/** The link that carries a connected service's traffic; undefined if it is not connected. */
function interfaceOf(properties: PropertyMap | undefined): string | undefined {
  if (!properties || !isConnected(properties.get('State')?.value as ServiceState)) return undefined;
  // A dictionary that we made, and no client.
  const ethernet = properties.get('Ethernet')?.value as { readonly Interface?: Variant } | undefined;
  return ethernet?.Interface?.as('s');
}
