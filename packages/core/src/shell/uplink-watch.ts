/**
 * Signs that an uplink leads nowhere, seen without sending a packet: connections that retransmit while none gets on, or full
 * segments while others do (a path that drops large packets without a word, RFC 2923 section 2.1), a gateway that does not respond
 * to ARP or neighbour discovery. Looked at once a second, and only while there are several uplinks.
 */
import type { Logger, OsError, Result } from '@connman/base';
import { type Family, familyOf, type IpAddress } from '@connman/inet';
import { isUnresolved, type NeighbourFact, type TcpSocketFact } from '@connman/netlink';
import type { Clock } from '@connman/ports';
import type { Suspicion, WatchedUplink } from '../model/uplink/evidence';

export interface UplinkWatchOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** How many TCP segments the machine has sent again so far; undefined if that is not known. */
  readonly retransmitted: () => number | undefined;
  readonly sockets: (family: Family) => Result<readonly TcpSocketFact[], OsError>;
  readonly neighbours: (ifindex: number) => Result<readonly NeighbourFact[], OsError>;
  readonly onSuspicion: (suspicion: Suspicion) => void;
}

const intervalMs = 1000;
/** A machine with very many connections is looked at less often: this part of the time at most. */
const shareOfTime = 1 / 50;
/** Connections are looked at for so many seconds after the machine has retransmitted: the pauses between two tries grow. */
const looksAfterwards = 5;
/** A single lost packet is no sign. */
const leastRetransmits = 2;

export class UplinkWatch {
  private readonly options: UplinkWatchOptions;
  private uplinks: readonly WatchedUplink[] = [];
  private cancelTimer: () => void = () => {};
  /** By cookie, as of the last look; undefined if connections were not looked at then. */
  private progress: Map<string, number> | undefined;
  private retransmitted: number | undefined;
  private looksLeft = 0;
  private unresolved = new Set<string>();
  private isFaultKnown = false;

  constructor(options: UplinkWatchOptions) {
    this.options = options;
  }

  /** Watches these, and no others. */
  follow(uplinks: readonly WatchedUplink[]): void {
    const wasIdle = this.uplinks.length === 0;
    this.uplinks = uplinks;
    if (uplinks.length === 0) this.close();
    else if (wasIdle) this.begin();
  }

  close(): void {
    this.cancelTimer();
    this.uplinks = [];
    this.progress = undefined;
    this.unresolved.clear();
  }

  private begin(): void {
    this.retransmitted = this.options.retransmitted();
    this.looksLeft = 0;
    this.arm(intervalMs);
  }

  private arm(wait: number): void {
    this.cancelTimer = this.options.clock.setTimer(wait, () => {
      const began = this.options.clock.now();
      this.look();
      if (this.uplinks.length > 0) this.arm(Math.max(intervalMs, (this.options.clock.now() - began) / shareOfTime));
    });
  }

  private look(): void {
    for (const suspicion of [...this.stalled(), ...this.silentGateways()]) this.options.onSuspicion(suspicion);
  }

  /**
   * Of each family of each link: connections that retransmit, where none has got on since the last look, or full segments are among
   * what they send again.
   */
  private stalled(): Suspicion[] {
    const before = this.progress;
    this.progress = undefined;
    if (!this.isRetransmitting()) return [];
    const progress = new Map<string, number>();
    this.progress = progress;
    const linkOf = new Map(this.uplinks.flatMap(({ ifindex, addresses }) => addresses.map((own) => [own, ifindex])));
    const stalled = new Map<string, { ifindex: number; family: Family; count: number; full: number }>();
    const moving = new Set<string>();
    for (const socket of this.sockets()) {
      const ifindex = linkOf.get(socket.local);
      if (ifindex === undefined) continue;
      progress.set(socket.cookie, socket.progress);
      const family = familyOf(socket.local);
      const way = `${ifindex} ${family}`;
      const known = before?.get(socket.cookie);
      if (!socket.isConnecting && (known === undefined || socket.progress > known)) moving.add(way);
      if (socket.retransmits < (socket.isConnecting ? 1 : leastRetransmits)) continue;
      const { count, full } = stalled.get(way) ?? { count: 0, full: 0 };
      stalled.set(way, { ifindex, family, count: count + 1, full: full + Number(socket.hasFullSegment) });
    }
    return [...stalled].flatMap(([way, { ifindex, family, count, full }]): Suspicion[] => {
      const bySize = full > 0 && ({ bySize: true } as const);
      if (!moving.has(way))
        return [{ ifindex, family, evidence: `${count} TCP connection(s) retransmit and none gets on`, ...bySize }];
      const evidence = `${full} TCP connection(s) retransmit full segments, others get on`;
      return bySize ? [{ ifindex, family, evidence, ...bySize }] : [];
    });
  }

  /** The kernel goes through all of its connections for an answer: it is not asked while none can have stalled. */
  private isRetransmitting(): boolean {
    const before = this.retransmitted;
    this.retransmitted = this.options.retransmitted();
    if (this.retransmitted === undefined || this.retransmitted !== before) this.looksLeft = looksAfterwards;
    return this.looksLeft-- > 0;
  }

  private sockets(): readonly TcpSocketFact[] {
    return ([4, 6] as const).flatMap((family) => this.read(this.options.sockets(family)));
  }

  /** Each once, when it is seen for the second time: the first packet to a neighbour waits for a moment. */
  private silentGateways(): Suspicion[] {
    const before = this.unresolved;
    this.unresolved = new Set();
    return this.uplinks.flatMap(({ ifindex, gateways }) =>
      this.read(this.options.neighbours(ifindex))
        .filter((neighbour) => gateways.includes(neighbour.address) && isUnresolved(neighbour))
        .flatMap(({ address }) => {
          const [first, second] = [`${ifindex} ${address}`, `${ifindex} ${address} again`];
          this.unresolved.add(first);
          if (before.has(first)) this.unresolved.add(second);
          return before.has(first) && !before.has(second) ? [silent(ifindex, address)] : [];
        }),
    );
  }

  private read<T>(result: Result<readonly T[], OsError>): readonly T[] {
    if (result.ok) return result.value;
    if (!this.isFaultKnown)
      this.options.log.info(`${result.error.message}; uplinks are watched without; reported once`);
    this.isFaultKnown = true;
    return [];
  }
}

/** tcpRetransSegs (RFC 4022) of /proc/net/snmp: a line of names, a line of values. */
export function retransmittedSegments(snmp: string | undefined): number | undefined {
  const [names, values] = (snmp ?? '').split('\n').filter((line) => line.startsWith('Tcp: '));
  const at = names?.split(' ').indexOf('RetransSegs') ?? -1;
  const count = Number(values?.split(' ')[at]);
  return at > 0 && Number.isSafeInteger(count) ? count : undefined;
}

function silent(ifindex: number, address: IpAddress): Suspicion {
  return { ifindex, family: familyOf(address), evidence: `the gateway ${address} does not respond` };
}
