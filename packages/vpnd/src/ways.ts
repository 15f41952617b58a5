/**
 * The ways to the servers of tunnels, as the kernel would send: a program that keeps a connection by the link or the address that
 * was used before has to be told when another one is.
 */
import type { IpAddress } from '@connman/inet';
import type { Clock } from '@connman/ports';

export interface Way {
  readonly ifindex: number;
  /** The address that packets leave with. */
  readonly source?: IpAddress;
}

interface Watch {
  readonly servers: readonly IpAddress[];
  readonly tunnel: number;
  readonly onMoved: () => void;
  known: ReadonlyMap<IpAddress, Way>;
}

/** Routes change in bursts. */
const settleMs = 100;

export class Ways {
  private readonly clock: Clock;
  /** Undefined where there is no way now. */
  private readonly look: (server: IpAddress) => Way | undefined;
  private readonly watches = new Set<Watch>();
  private cancel: (() => void) | undefined;

  constructor(clock: Clock, look: (server: IpAddress) => Way | undefined) {
    this.clock = clock;
    this.look = look;
  }

  /** Calls back whenever a server is reached by another link or from another address than before. The returned function ends it. */
  watch(servers: readonly IpAddress[], tunnel: number, onMoved: () => void): () => void {
    const watch: Watch = { servers, tunnel, onMoved, known: new Map() };
    watch.known = this.waysOf(watch);
    this.watches.add(watch);
    return () => this.watches.delete(watch);
  }

  /** Links, addresses or routes have changed. */
  changed(): void {
    if (this.watches.size === 0 || this.cancel) return;
    this.cancel = this.clock.setTimer(settleMs, () => {
      this.cancel = undefined;
      for (const watch of [...this.watches]) this.compare(watch);
    });
  }

  close(): void {
    this.cancel?.();
    this.watches.clear();
  }

  private compare(watch: Watch): void {
    const before = watch.known;
    const now = this.waysOf(watch);
    // What has no way now may get the one it had again.
    watch.known = new Map([...before, ...now]);
    const hasMoved = [...now].some(([server, way]) => {
      const old = before.get(server);
      return old !== undefined && (old.ifindex !== way.ifindex || old.source !== way.source);
    });
    if (hasMoved) watch.onMoved();
  }

  /** A way into the tunnel itself is none: connmand is about to set the right one. */
  private waysOf({ servers, tunnel }: Watch): ReadonlyMap<IpAddress, Way> {
    return new Map(
      servers.flatMap((server) => {
        const way = this.look(server);
        return way && way.ifindex !== tunnel ? [[server, way] as const] : [];
      }),
    );
  }
}
