/** The way out: sockets and connections to servers, and the races that use them. */
import { type Instant, OsError } from '@connman/base';
import type { Clock, Entropy, ExchangePort, ExchangeRoute, ExchangeSockets } from '@connman/ports';
import type { Deadlines } from '../deadlines';
import { ourUdpSize } from '../message/reply';
import { RandomPool } from '../random';
import type { DnsProxySettings } from '../settings';
import type { AskedQuestion } from './outgoing';
import { type Attempt, type Outcome, Race } from './race';
import { selectServers } from './selection';
import type { FailureKind, UpstreamServer } from './server';
import { ServerStream, type StreamPorts } from './server-stream';

export interface UpstreamPorts extends StreamPorts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly exchanges: ExchangePort;
}

/** Told when a server begins or ends to be in trouble. */
export type TroubleListener = (server: UpstreamServer, trouble: string) => void;

/** Losers of a race that are still listened to, to learn how slow they are. */
const maxLingering = 128;
const lingerMs = 2000;

interface Ways {
  readonly route: ExchangeRoute;
  tcp: ServerStream | undefined;
  tls: ServerStream | undefined;
}

export class Upstreams {
  readonly clock: Clock;
  readonly settings: DnsProxySettings;
  readonly deadlines: Deadlines;
  readonly random: RandomPool;
  private readonly ports: UpstreamPorts;
  private readonly sockets: ExchangeSockets;
  private readonly ways = new Map<UpstreamServer, Ways>();
  private readonly onTrouble: TroubleListener;
  private lingering = 0;

  /** `onIdle` is called when all answers that came together have been handled. Throws OsError. */
  constructor(
    ports: UpstreamPorts,
    settings: DnsProxySettings,
    deadlines: Deadlines,
    onTrouble: TroubleListener,
    onIdle: () => void,
  ) {
    this.ports = ports;
    this.clock = ports.clock;
    this.settings = settings;
    this.deadlines = deadlines;
    this.onTrouble = onTrouble;
    this.random = new RandomPool(ports.entropy);
    this.sockets = ports.exchanges.openExchanges({
      slotBytes: ourUdpSize,
      onIdle,
    });
  }

  /** Puts the question to the servers; `done` is called once, soon after `end` at the latest, perhaps before this returns. */
  ask(
    question: AskedQuestion,
    servers: readonly UpstreamServer[],
    now: Instant,
    end: Instant,
    done: (outcome: Outcome) => void,
  ): Race {
    const explore = servers.length > 1 && this.random.uint16() % this.settings.exploreOneIn === 0;
    const { order, together } = selectServers(servers, now, explore);
    const race = new Race(this, question, order, done);
    race.start(now, end, together);
    return race;
  }

  /** Sends what has been asked; see ExchangeSockets. */
  flush(): void {
    this.sockets.flush();
  }

  /** The same, and waits on the spot for the answer to a lone question. */
  poll(microseconds: number): void {
    this.sockets.poll(microseconds);
  }

  /** Forgets connections to servers that are not in use any more. */
  retain(servers: ReadonlySet<UpstreamServer>): void {
    for (const [server, ways] of this.ways) {
      if (servers.has(server)) continue;
      this.sockets.forget(ways.route);
      ways.tcp?.close();
      ways.tls?.close();
      this.ways.delete(server);
    }
  }

  close(): void {
    this.retain(new Set());
    this.sockets.closeAll();
  }

  send(attempt: Attempt): void {
    this.sockets.send(this.waysTo(attempt.server).route, attempt);
  }

  streamTo(server: UpstreamServer, secure: boolean): ServerStream {
    const ways = this.waysTo(server);
    const kind = secure ? 'tls' : 'tcp';
    ways[kind] ??= new ServerStream(this.ports, this.deadlines, this.settings, server.at, secure);
    return ways[kind];
  }

  /** Ends an attempt: nothing is heard for it any more. */
  release(attempt: Attempt): void {
    if (attempt.patience) this.deadlines.cancel(attempt.patience);
    attempt.patience = undefined;
    if (attempt.kind === 'udp') return this.sockets.close(attempt);
    this.streamOf(attempt)?.forget(attempt.outgoing.id);
  }

  /** The attempt is answered too slowly; see ServerStream. */
  doubt(attempt: Attempt): void {
    this.streamOf(attempt)?.doubt(attempt.sentAt);
  }

  /** Goes on listening to the loser of a race for a while, so that its speed is known. */
  linger(attempt: Attempt): void {
    if (attempt.kind !== 'udp' || this.lingering >= maxLingering) return this.release(attempt);
    this.lingering++;
    this.deadlines.add(this.clock.now(), lingerMs, () => {
      this.lingering--;
      this.release(attempt);
    });
  }

  noteAnswer(server: UpstreamServer, rttMs: number): void {
    if (server.answered(rttMs)) this.onTrouble(server, '');
  }

  noteFailure(server: UpstreamServer, kind: FailureKind, reason: string): void {
    if (server.failed(kind, this.clock.now(), reason)) this.onTrouble(server, reason);
  }

  errnoText(errno: number): string {
    return new OsError('send', errno, 'udp').code;
  }

  private streamOf({ server, kind }: Attempt): ServerStream | undefined {
    return kind === 'udp' ? undefined : this.ways.get(server)?.[kind];
  }

  private waysTo(server: UpstreamServer): Ways {
    let ways = this.ways.get(server);
    if (!ways) {
      const { address, port, interfaceName, localAddress } = server.at;
      const route = this.sockets.route({
        address,
        port,
        ...(interfaceName === '' ? {} : { interfaceName }),
        ...(localAddress ? { localAddress } : {}),
      });
      ways = { route, tcp: undefined, tls: undefined };
      this.ways.set(server, ways);
    }
    return ways;
  }
}
