/**
 * One TCP address: many questions on a connection, answered in the order answers come (RFC 7766). A peer that is slow, silent or
 * half closed holds a connection for a bounded time and a bounded amount of memory, and nothing else.
 */
import type { OsError } from '@connman/base';
import { familyOf, type IpAddress } from '@connman/inet';
import type { AcceptedStream, Clock, PortHolderPort, StreamListener, StreamListenerPort } from '@connman/ports';
import type { Deadline, Deadlines } from '../deadlines';
import { maxMessageLength } from '../message/constants';
import { Query, readQuery, Verdict } from '../message/query';
import type { DnsProxySettings } from '../settings';
import type { AnswerWriter, Client, Front } from './front';
import type { TcpCensus } from './tcp-census';

/** A longer question is none (ConnMan rule 147 allows 4096). */
const maxQuestion = 4096;
/** Questions under way on one connection; more are read when answers have gone out. */
const maxUnderWay = 128;

export interface TcpListenerOptions {
  readonly address: IpAddress;
  readonly port: number;
  readonly interfaceName: string;
}

export interface TcpContext {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly settings: DnsProxySettings;
  readonly front: Front;
  readonly holders: PortHolderPort;
}

export class TcpListener {
  readonly options: TcpListenerOptions;
  private readonly listener: StreamListener;
  private readonly connections = new Set<TcpConnection>();

  /** Throws OsError when the address or the port cannot be had. */
  constructor(
    port: StreamListenerPort,
    options: TcpListenerOptions,
    context: TcpContext,
    census: TcpCensus,
    onError: (error: OsError) => void,
  ) {
    this.options = options;
    this.listener = port.listen({
      family: familyOf(options.address),
      localAddress: options.address,
      localPort: options.port,
      ...(options.interfaceName === '' ? {} : { interfaceName: options.interfaceName }),
      onStream: (stream) => {
        const isLocal = options.interfaceName === '';
        const quota = isLocal ? '' : stream.remoteAddress;
        const client = isLocal ? this.localUser(stream, context) : stream.remoteAddress;
        if (!census.hasRoom(client, isLocal)) return undefined;
        const connection = new TcpConnection(stream, quota, context, () => {
          census.leave(client, connection);
          this.connections.delete(connection);
        });
        census.enter(client, connection);
        this.connections.add(connection);
        return connection;
      },
      onError,
    });
  }

  /** Clients of this machine are told apart by their user. */
  private localUser({ remoteAddress, remotePort }: AcceptedStream, { holders }: TcpContext): string {
    const { address, port } = this.options;
    const user = holders.userOf({ address: remoteAddress, port: remotePort }, { address, port });
    return `user ${user ?? 'unknown'}`;
  }

  close(): void {
    this.listener.close();
    for (const connection of [...this.connections]) connection.close();
  }
}

const frameBytes = 2 + maxMessageLength;
/** Answers of one turn are put together in the first and written at once; late ones go through the second, one by one. */
let outbox: Uint8Array | undefined;
let frame: Uint8Array | undefined;

class TcpConnection implements Client {
  readonly quota: string;
  private readonly stream: AcceptedStream;
  private readonly context: TcpContext;
  private readonly onClosed: () => void;
  private readonly query = new Query();
  /** The beginning of a question whose rest has not come. */
  private rest: Uint8Array = new Uint8Array(0);
  private underWay = 0;
  private ended = false;
  private closed = false;
  private held = false;
  private taking = false;
  private deadline: Deadline | undefined;
  private deadlineIsForSlow = false;
  private lastActive: number;
  /** When a whole question was last read or all answers were taken. */
  private lastProgress: number;

  constructor(stream: AcceptedStream, quota: string, context: TcpContext, onClosed: () => void) {
    this.stream = stream;
    this.quota = quota;
    this.context = context;
    this.onClosed = onClosed;
    this.lastActive = context.clock.now();
    this.lastProgress = this.lastActive;
    this.watch();
  }

  onData(bytes: Uint8Array): void {
    let input = bytes;
    if (this.rest.length > 0) {
      input = new Uint8Array(this.rest.length + bytes.length);
      input.set(this.rest);
      input.set(bytes, this.rest.length);
    }
    this.take(input);
  }

  /** Answers what can be answered of `input` and keeps the rest. */
  private take(input: Uint8Array): void {
    const { front } = this.context;
    this.taking = true;
    front.startBatch();
    const used = this.answerAll(input);
    front.endBatch();
    this.taking = false;
    if (this.closed) return;
    this.rest = used === input.length ? nothing : input.slice(used);
    this.touch(used > 0);
  }

  /** Nothing is under way for this client. */
  get isIdle(): boolean {
    return this.underWay === 0;
  }

  /** Goes on with what was kept while too much was under way. */
  private goOn(): void {
    if (this.taking || this.closed || this.isFull) return;
    if (this.held && this.rest.length > 0) this.take(this.rest);
    this.hold();
    if (this.ended && this.underWay === 0 && !this.held) this.finish();
  }

  /** So much is under way or unread that nothing more is taken from this client. */
  private get isFull(): boolean {
    const { maxClientBacklogBytes } = this.context.settings;
    return this.underWay >= maxUnderWay || this.stream.pendingBytes > maxClientBacklogBytes;
  }

  /** Answers the whole questions in `input`; returns how many octets that were. */
  private answerAll(input: Uint8Array): number {
    const { front } = this.context;
    outbox ??= new Uint8Array(2 * frameBytes);
    let at = 0;
    let filled = 0;
    while (input.length - at >= 2 && !this.isFull) {
      const length = ((input[at] as number) << 8) | (input[at + 1] as number);
      // Refused before it is read: no one makes us keep what no question needs.
      if (length > maxQuestion) {
        this.close();
        return at;
      }
      if (input.length - at < 2 + length) break;
      const start = at + 2;
      at = start + length;
      const verdict = readQuery(input, start, at, front.seed, this.query);
      if (verdict === Verdict.DROP) {
        // Shorter than a header, or an answer: this peer does not speak our language.
        this.close();
        return at;
      }
      const answerLength = front.answerNow(this.query, verdict, maxMessageLength, outbox, filled + 2);
      if (answerLength > 0) {
        outbox[filled] = answerLength >>> 8;
        outbox[filled + 1] = answerLength;
        filled += 2 + answerLength;
      }
      if (filled > frameBytes) {
        this.stream.write(outbox.subarray(0, filled));
        filled = 0;
      }
      if (answerLength > 0) continue;
      this.underWay++;
      front.answerLater(this.query, this);
    }
    if (filled > 0) this.stream.write(outbox.subarray(0, filled));
    this.hold();
    return at;
  }

  reply(_query: Query, write: AnswerWriter): void {
    this.underWay--;
    if (this.closed) return;
    frame ??= new Uint8Array(frameBytes);
    const length = write(frame, 2, maxMessageLength);
    frame[0] = length >>> 8;
    frame[1] = length;
    this.stream.write(frame.subarray(0, 2 + length));
    this.touch(false);
    this.goOn();
  }

  /** Half closed: what was asked is still answered. */
  onEnd(): void {
    this.ended = true;
    this.goOn();
  }

  onDrain(): void {
    this.touch(true);
    this.goOn();
  }

  onError(): void {
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.leave();
    this.stream.close();
  }

  private finish(): void {
    if (this.closed) return;
    // What waits for a peer that does not read is given up after a while.
    if (this.stream.pendingBytes > 0) {
      this.stream.readMore(false);
      return;
    }
    this.leave();
    this.stream.end();
  }

  private leave(): void {
    this.closed = true;
    this.rest = nothing;
    if (this.deadline) this.context.deadlines.cancel(this.deadline);
    this.onClosed();
  }

  /** Reads no further while too much is under way or unread. */
  private hold(): void {
    if (this.closed) return;
    const held = this.isFull;
    if (held === this.held) return;
    this.held = held;
    this.stream.readMore(!held);
  }

  private touch(hasProgressed: boolean): void {
    this.lastActive = this.context.clock.now();
    if (hasProgressed) this.lastProgress = this.lastActive;
    // A question begun or an answer unread has a clock of its own: one octet at a time gains no time.
    const isSlow = this.rest.length > 0 || this.stream.pendingBytes > 0;
    if (isSlow !== this.deadlineIsForSlow) {
      if (this.deadline) this.context.deadlines.cancel(this.deadline);
      this.deadline = undefined;
      this.watch();
    }
  }

  private watch(): void {
    if (this.closed || this.deadline) return;
    const { clock, deadlines, settings } = this.context;
    this.deadlineIsForSlow = this.rest.length > 0 || this.stream.pendingBytes > 0;
    const delay = this.deadlineIsForSlow ? settings.clientSlowMs : settings.clientIdleMs;
    this.deadline = deadlines.add(clock.now(), delay, () => {
      this.deadline = undefined;
      const now = clock.now();
      const isFine = this.deadlineIsForSlow
        ? now - this.lastProgress < settings.clientSlowMs || (this.underWay > 0 && this.stream.pendingBytes === 0)
        : this.underWay > 0 || now - this.lastActive < settings.clientIdleMs;
      if (isFine) this.watch();
      else this.close();
    });
  }
}

const nothing = new Uint8Array(0);
