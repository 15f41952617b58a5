/**
 * The connections of all TCP listeners together. When their number is reached, the client that has most of them gives one up
 * for the next, so that no user of this machine and no other client shuts out the rest.
 */
import type { DnsProxySettings } from '../settings';

export interface CountedConnection {
  /** No question of it is under way. */
  readonly isIdle: boolean;
  /** Leaves the census as well. */
  close(): void;
}

export class TcpCensus {
  private readonly settings: DnsProxySettings;
  /** Each client's connections, the oldest first. */
  private readonly clients = new Map<string, Set<CountedConnection>>();
  private total = 0;

  constructor(settings: DnsProxySettings) {
    this.settings = settings;
  }

  /** Whether `client` may have one more connection; another one may be closed for it. */
  hasRoom(client: string, isLocal: boolean): boolean {
    const { maxConnections, maxConnectionsPerClient } = this.settings;
    const share = this.clients.get(client)?.size ?? 0;
    if (!isLocal && share >= maxConnectionsPerClient) return false;
    return this.total < maxConnections || this.makeRoom(share);
  }

  enter(client: string, connection: CountedConnection): void {
    const connections = this.clients.get(client) ?? new Set();
    this.clients.set(client, connections.add(connection));
    this.total++;
  }

  leave(client: string, connection: CountedConnection): void {
    const connections = this.clients.get(client);
    if (!connections?.delete(connection)) return;
    this.total--;
    if (connections.size === 0) this.clients.delete(client);
  }

  /** Closes one of the client's that has most: one without a question, or any if the newcomer has clearly less. */
  private makeRoom(share: number): boolean {
    let largest: ReadonlySet<CountedConnection> = new Set();
    for (const connections of this.clients.values()) if (connections.size > largest.size) largest = connections;
    const [oldest, ...others] = largest;
    const victim =
      [oldest, ...others].find((connection) => connection?.isIdle) ?? (share + 1 < largest.size ? oldest : undefined);
    victim?.close();
    return victim !== undefined;
  }
}
