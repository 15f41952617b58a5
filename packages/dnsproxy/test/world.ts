/** A proxy whose network is played by the test: servers as functions, clients as calls, time by hand. */

import { type Logger, OsError } from '@connman/base';
import type { DnsLinkConfiguration, DnsProxyComponent } from '@connman/contracts';
import { type IpAddress, parseIp } from '@connman/inet';
import type {
  AcceptedHandlers,
  AcceptedStream,
  BatchOptions,
  BatchPort,
  BatchSocket,
  DatagramBatch,
  Exchange,
  ExchangeOptions,
  ExchangePort,
  ExchangeSockets,
  SecureStreamOptions,
  Stream,
  StreamListenerOptions,
  StreamOptions,
} from '@connman/ports';
import { ManualClock } from '@connman/testkit';
import { decode, type Packet } from 'dns-packet';
import { createDnsProxy, type DnsProxyPorts } from '../src/component';
import type { DnsProxySettings } from '../src/settings';
import { buildMessage, type MessageValue } from './build';

export function ip(text: string): IpAddress {
  const address = parseIp(text);
  if (!address) throw new Error(`${text} is no address`);
  return address;
}

/** What a server got: the question, and the ways to answer it. */
export interface Asked {
  readonly server: string;
  readonly interfaceName: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly bytes: Uint8Array;
  readonly packet: Packet;
  /** The name with the letters as they were sent. */
  readonly name: string;
  /** Sends bytes back as they are. */
  send(bytes: Uint8Array): void;
  /** Answers with these records; question and id are repeated. */
  answer(value: Omit<MessageValue, 'question' | 'id'>): void;
  refuse(errno: number): void;
}

class FakeNetwork implements ExchangePort {
  /** Everything that was asked, oldest first. */
  readonly asked: Asked[] = [];
  /** Called with each question; answers or stays silent. */
  onAsk: (asked: Asked) => void = () => {};
  /** Fails connecting with this text when set: a TLS fault. */
  tlsFault = '';
  /** Connections over TLS neither come up nor fail. */
  tlsSilent = false;
  readonly open = new Set<Exchange>();
  /** Connections that are up or coming up. */
  readonly streams = new Set<Stream>();

  openExchanges(options: ExchangeOptions): ExchangeSockets {
    return {
      route: (peer) => ({ peer }),
      send: ({ peer }, exchange) => {
        this.open.add(exchange);
        const reply = (answer: Uint8Array, errno: number) => {
          if (!this.open.has(exchange)) return;
          exchange.onAnswer(answer, 0, answer.length, errno);
          options.onIdle();
        };
        this.ask(
          peer.address,
          peer.interfaceName ?? '',
          'udp',
          exchange.question.slice(),
          (answer) => reply(answer, 0),
          (errno) => reply(new Uint8Array(0), errno),
        );
      },
      flush: () => {},
      close: (exchange) => this.open.delete(exchange),
      forget: () => {},
      poll: () => {},
      closeAll: () => this.open.clear(),
    };
  }

  connect(options: StreamOptions | SecureStreamOptions): Stream {
    const transport = 'tls' in options ? 'tls' : 'tcp';
    let closed = false;
    const end = () => {
      closed = true;
      this.streams.delete(stream);
    };
    const fail = (error: Error) => {
      if (closed) return;
      end();
      (options.onError as (error: Error) => void)(error);
    };
    queueMicrotask(() => {
      if (closed || (transport === 'tls' && this.tlsSilent)) return;
      if (transport === 'tls' && this.tlsFault !== '') fail(new Error(this.tlsFault));
      else options.onOpen();
    });
    const stream: Stream = {
      pendingBytes: 0,
      write: (framed) => {
        const send = (answer: Uint8Array) => {
          if (closed) return;
          const frame = new Uint8Array(2 + answer.length);
          frame.set([answer.length >> 8, answer.length & 255]);
          frame.set(answer, 2);
          // In two pieces, as TCP may.
          options.onData(frame.subarray(0, 1));
          options.onData(frame.subarray(1));
        };
        this.ask(options.address, options.interfaceName ?? '', transport, framed.slice(2), send, (errno) =>
          fail(new OsError('recv', errno, options.address)),
        );
      },
      close: end,
    };
    this.streams.add(stream);
    return stream;
  }

  connectSecure(options: SecureStreamOptions): Stream {
    return this.connect(options);
  }

  private ask(
    server: string,
    interfaceName: string,
    transport: Asked['transport'],
    bytes: Uint8Array,
    send: (bytes: Uint8Array) => void,
    refuse: (errno: number) => void,
  ): void {
    const packet = decode(Buffer.from(bytes));
    const question = bytes.slice(12, bytes.indexOf(0, 12) + 5);
    const asked: Asked = {
      server,
      interfaceName,
      transport,
      bytes,
      packet,
      name: packet.questions[0]?.name ?? '',
      send,
      refuse,
      answer: (value) => {
        const built = buildMessage({ flags: 0x8180, ...value, id: packet.id });
        // The question as it came, letters included, between header and records.
        const reply = new Uint8Array(built.length + question.length);
        reply.set(built.subarray(0, 12));
        reply[5] = 1;
        reply.set(question, 12);
        reply.set(built.subarray(12), 12 + question.length);
        send(reply);
      },
    };
    this.asked.push(asked);
    // No answer comes before the call that sends the question has returned.
    queueMicrotask(() => this.onAsk(asked));
  }

  /** How many sockets wait for an answer. */
  get waiting(): number {
    return this.open.size;
  }
}

interface Bound {
  readonly options: BatchOptions;
  readonly incoming: Uint8Array[];
  readonly outgoing: Uint8Array[];
}

export class World implements BatchPort {
  readonly clock = new ManualClock(10_000_000);
  readonly network = new FakeNetwork();
  readonly lines: string[] = [];
  readonly udp: Bound[] = [];
  readonly tcp: StreamListenerOptions[] = [];
  /** Addresses another program holds. */
  readonly taken = new Map<string, { readonly pid: number; readonly name: string }>();
  /** Users of this machine, by the ports of their TCP clients. */
  readonly users = new Map<number, number>();
  hosts = '';
  readonly proxy: DnsProxyComponent;
  private seed = 1;

  constructor(settings: Partial<DnsProxySettings> = {}, taken: readonly string[] = []) {
    for (const address of taken) this.taken.set(address, { pid: 4711, name: 'dnsmasq' });
    const log = (level: string) => (message: string) => this.lines.push(`${level}: ${message}`);
    const logger: Logger = { error: log('error'), warning: log('warning'), info: log('info'), debug: log('debug') };
    this.proxy = createDnsProxy(this.ports(), settings, logger);
  }

  private ports(): DnsProxyPorts {
    return {
      clock: this.clock,
      entropy: {
        bytes: (count) => Uint8Array.from({ length: count }, () => this.random() & 255),
        uint32: () => this.random(),
      },
      exchanges: this.network,
      streams: this.network,
      secureStreams: this.network,
      batches: this,
      streamListeners: {
        listen: (options) => {
          this.refuseTaken(options.localAddress);
          this.tcp.push(options);
          return { localPort: 53, close: () => this.tcp.splice(this.tcp.indexOf(options), 1) };
        },
      },
      holders: {
        holderOf: (_transport, address) => this.taken.get(address),
        userOf: ({ port }) => this.users.get(port),
      },
      hosts: { stamp: () => String(this.hosts.length), read: () => this.hosts },
    };
  }

  private random(): number {
    this.seed = (Math.imul(this.seed, 1103515245) + 12345) >>> 0;
    return (this.seed >>> 8) ^ (this.seed << 9);
  }

  private refuseTaken(address: IpAddress | undefined): void {
    if (address && this.taken.has(address)) throw new OsError('bind', 98, `udp ${address}:53`);
  }

  openBatch(options: BatchOptions): BatchSocket {
    this.refuseTaken(options.localAddress);
    const bound: Bound = { options, incoming: [], outgoing: [] };
    this.udp.push(bound);
    return {
      localPort: 53,
      receive(batch: DatagramBatch) {
        const taken = bound.incoming.splice(0, batch.size);
        taken.forEach((bytes, i) => {
          batch.bytes.set(bytes, i * batch.slotBytes);
          batch.lengths[i] = bytes.length;
        });
        return taken.length;
      },
      send(batch: DatagramBatch, from: number, to: number) {
        for (let i = from; i < to; i++) {
          const at = i * batch.slotBytes;
          bound.outgoing.push(batch.bytes.slice(at, at + (batch.lengths[i] as number)));
        }
        return to;
      },
      close: () => this.udp.splice(this.udp.indexOf(bound), 1),
    };
  }

  setLink(link: Partial<DnsLinkConfiguration> & { readonly addresses?: readonly string[] }): void {
    const { addresses = [], ...rest } = link;
    this.proxy.setLink({
      ifindex: 2,
      interfaceName: 'eth0',
      servers: addresses.map((address) => ({ address: ip(address) })),
      domains: [],
      isDefault: true,
      tls: 'off',
      ...rest,
    });
  }

  /** Sends datagrams to the first address; returns the answers given since. */
  async send(...datagrams: Uint8Array[]): Promise<readonly Packet[]> {
    const bound = this.udp[0];
    if (!bound) throw new Error('nothing listens');
    bound.incoming.push(...datagrams);
    bound.options.onReadable();
    return this.answers();
  }

  async ask(name: string, type = 'A', more: Partial<MessageValue> = {}): Promise<Packet | undefined> {
    return (await this.send(buildMessage({ question: { name, type }, ...more }))).at(-1);
  }

  /** What clients were sent since the last look. */
  async answers(): Promise<readonly Packet[]> {
    await settled();
    const bound = this.udp[0];
    return (bound?.outgoing.splice(0) ?? []).map((bytes) => decode(Buffer.from(bytes)));
  }

  async advance(milliseconds: number): Promise<readonly Packet[]> {
    this.clock.advance(milliseconds);
    return this.answers();
  }

  /** A TCP client of the first address; `user` has it. */
  connect(remote = '127.0.0.1', user = 1000): TcpClient {
    const port = 1024 + this.users.size;
    this.users.set(port, user);
    return this.connectTo(this.tcp[0], remote, port);
  }

  connectTo(listener: StreamListenerOptions | undefined, remote: string, port = 1023): TcpClient {
    if (!listener) throw new Error('nothing listens on TCP');
    return new TcpClient(listener, ip(remote), port);
  }
}

class TcpClient {
  readonly received: number[] = [];
  closed = false;
  reading = true;
  /** Bytes the peer does not take. */
  blocked = false;
  readonly handlers: AcceptedHandlers | undefined;
  private pending = 0;

  constructor(listener: StreamListenerOptions, remoteAddress: IpAddress, remotePort: number) {
    const client = this;
    const stream: AcceptedStream = {
      remoteAddress,
      remotePort,
      get pendingBytes() {
        return client.pending;
      },
      write: (bytes) => {
        if (client.blocked) client.pending += bytes.length;
        else client.received.push(...bytes);
      },
      readMore: (more) => {
        client.reading = more;
      },
      end: () => {
        client.closed = true;
      },
      close: () => {
        client.closed = true;
      },
    };
    this.handlers = listener.onStream(stream);
    if (!this.handlers) this.closed = true;
  }

  send(...bytes: number[]): void {
    this.handlers?.onData(Uint8Array.from(bytes));
  }

  ask(name: string, id = 1): void {
    const message = buildMessage({ id, question: { name } });
    this.send(message.length >> 8, message.length & 255, ...message);
  }

  /** The answers that came, in their order. */
  packets(): readonly Packet[] {
    const bytes = Buffer.from(this.received);
    const packets: Packet[] = [];
    for (let at = 0; at + 2 <= bytes.length; at += 2 + bytes.readUInt16BE(at)) {
      packets.push(decode(bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at))));
    }
    return packets;
  }
}

/** Lets what was queued for the end of the turn happen. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A server that answers every A question with this address. */
export function says(data: string, ttl = 300): (asked: Asked) => void {
  return (asked) => {
    const type = asked.packet.questions[0]?.type ?? 'A';
    asked.answer({ records: type === 'A' ? [{ name: asked.name, type: 'A', ttl, data }] : [] });
  };
}
