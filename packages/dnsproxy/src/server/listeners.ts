/**
 * Which addresses are answered on: loopback, and others when asked. A port that another program holds is reported once, with its holder,
 * and another loopback address is taken in its place.
 */
import { type Logger, OsError } from '@connman/base';
import type { DnsListenAddress, DnsListening, PortHolder } from '@connman/contracts';
import { familyOf, type IpAddress } from '@connman/inet';
import type { BatchPort, PortHolderPort, StreamListenerPort } from '@connman/ports';
import type { Deadline } from '../deadlines';
import { TcpCensus } from './tcp-census';
import { type TcpContext, TcpListener } from './tcp-listener';
import { UdpListener } from './udp-listener';

export interface ListenerPorts {
  readonly batches: BatchPort;
  readonly streamListeners: StreamListenerPort;
  readonly holders: PortHolderPort;
}

/** One address answered on. */
interface Pair {
  readonly address: IpAddress;
  readonly interfaceName: string;
  readonly udp: UdpListener;
  readonly tcp: TcpListener;
}

type Refusal = DnsListening['refused'][number];

const loopback4 = '127.0.0.1' as IpAddress;
const loopback6 = '::1' as IpAddress;
/** Where to go when port 53 of 127.0.0.1 is taken; 127.0.0.53 is left to systemd-resolved. */
const alternatives = ['127.0.0.54', '127.0.0.55', '127.0.0.56', '127.0.0.57'] as IpAddress[];
/** With no address at all, whether one has become free is looked at this often. */
const retryMs = 30_000;

const EACCES = 13;
const EADDRINUSE = 98;
const EADDRNOTAVAIL = 99;
const EAFNOSUPPORT = 97;

export class Listeners {
  private readonly ports: ListenerPorts;
  private readonly context: TcpContext;
  private readonly log: Logger;
  private readonly onChange: () => void;
  private readonly census: TcpCensus;
  private loopback: Pair[] = [];
  private extra: Pair[] = [];
  private wanted: readonly DnsListenAddress[] = [];
  private refusals = new Map<string, Refusal>();
  private retry: Deadline | undefined;

  constructor(ports: ListenerPorts, context: TcpContext, log: Logger, onChange: () => void) {
    this.ports = ports;
    this.context = context;
    this.log = log;
    this.onChange = onChange;
    this.census = new TcpCensus(context.settings);
  }

  get state(): DnsListening {
    return {
      addresses: [...this.loopback, ...this.extra].map((pair) => pair.address),
      refused: [...this.refusals.values()],
    };
  }

  /** Answers on the loopback addresses, as far as they can be had. */
  openLoopback(): void {
    this.loopback = [loopback6, loopback4].flatMap((address) => this.open(address, '') ?? []);
    for (const address of alternatives) this.refusals.delete(address);
    if (!this.loopback.some((pair) => pair.address === loopback4)) {
      for (const address of alternatives) {
        const pair = this.open(address, '');
        if (!pair) continue;
        this.loopback.push(pair);
        this.log.warning(`answering on ${address} in place of ${loopback4}: resolv.conf must name it`);
        break;
      }
    }
    if (this.loopback.length === 0) {
      this.log.error('no loopback address is free: resolving without this proxy, checking again in 30 s');
      const { clock, deadlines } = this.context;
      this.retry = deadlines.add(clock.now(), retryMs, () => this.openLoopback());
    }
    this.onChange();
  }

  /** Replaces the addresses beside the loopback ones. */
  listenOn(addresses: readonly DnsListenAddress[]): void {
    const same = (a: DnsListenAddress, b: DnsListenAddress) =>
      a.address === b.address && a.interfaceName === b.interfaceName;
    const kept = this.extra.filter((pair) => addresses.some((address) => same(address, pair)));
    for (const pair of this.extra) if (!kept.includes(pair)) closePair(pair);
    for (const { address } of this.wanted) this.refusals.delete(address);
    this.wanted = addresses;
    const fresh = addresses.filter((address) => !kept.some((pair) => same(pair, address)));
    this.extra = [...kept, ...fresh.flatMap(({ address, interfaceName }) => this.open(address, interfaceName) ?? [])];
    this.onChange();
  }

  /** Sends the answers that wait. */
  flush(): void {
    for (const pair of this.loopback) pair.udp.flush();
    for (const pair of this.extra) pair.udp.flush();
  }

  close(): void {
    if (this.retry) this.context.deadlines.cancel(this.retry);
    for (const pair of [...this.loopback, ...this.extra]) closePair(pair);
    this.loopback = [];
    this.extra = [];
  }

  private open(address: IpAddress, interfaceName: string): Pair | undefined {
    const { front, settings } = this.context;
    const { port } = settings;
    const onError = (error: OsError) => this.log.warning(error.message);
    let udp: UdpListener | undefined;
    try {
      udp = new UdpListener(
        this.ports.batches,
        { address, family: familyOf(address), port, interfaceName },
        front,
        onError,
      );
      const tcp = new TcpListener(
        this.ports.streamListeners,
        { address, port, interfaceName },
        this.context,
        this.census,
        onError,
      );
      this.refusals.delete(address);
      return { address, interfaceName, udp, tcp };
    } catch (error) {
      udp?.close();
      if (!(error instanceof OsError)) throw error;
      this.refuse(address, error, udp ? 'tcp' : 'udp');
      return undefined;
    }
  }

  private refuse(address: IpAddress, error: OsError, transport: 'udp' | 'tcp'): void {
    const { port } = this.context.settings;
    const isFirst = !this.refusals.has(address);
    const holder: PortHolder | undefined =
      error.errno === EADDRINUSE ? this.ports.holders.holderOf(transport, address, port) : undefined;
    const reason = reasonOf(error, transport, port, holder);
    this.refusals.set(address, { address, reason, ...(holder ? { holder } : {}) });
    // A machine without IPv6 is nothing to warn of, and of the alternatives it matters only whether one was found.
    const isMinor = error.errno === EADDRNOTAVAIL || error.errno === EAFNOSUPPORT || alternatives.includes(address);
    if (isFirst) this.log[isMinor ? 'debug' : 'warning'](`cannot answer on ${address}: ${reason}`);
  }
}

function reasonOf(error: OsError, transport: string, port: number, holder: PortHolder | undefined): string {
  const place = `${transport} port ${port}`;
  if (error.errno === EADDRINUSE) {
    if (!holder) return `${place} is taken by a process that cannot be seen from here`;
    return `${place} is taken by ${holder.name} (pid ${holder.pid}); stop it or give it another port`;
  }
  if (error.errno === EACCES) return `${place} needs root or the capability CAP_NET_BIND_SERVICE`;
  return error.message;
}

function closePair({ udp, tcp }: Pair): void {
  udp.close();
  tcp.close();
}
