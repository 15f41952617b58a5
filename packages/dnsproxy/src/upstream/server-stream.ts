/**
 * One connection to a server, over TCP or TLS: many questions under way at once, answers in any order (RFC 7766 section 6.2),
 * made when there is a question, kept for a while. Servers may close it at any time; what they left unanswered is asked on a
 * new one for as long as each connection brings an answer (section 6.2.4), and one by one where several brought none: a reset
 * discards what was on its way.
 */
import { type Instant, instant, OsError } from '@connman/base';
import type { Clock, SecureStreamPort, Stream, StreamPort } from '@connman/ports';
import type { Deadline, Deadlines } from '../deadlines';
import { headerLength } from '../message/constants';
import type { DnsProxySettings } from '../settings';
import type { Outgoing } from './outgoing';
import { ownFaults, type ServerAddress } from './server';

export interface StreamPorts {
  readonly clock: Clock;
  readonly streams: StreamPort;
  readonly secureStreams: SecureStreamPort;
}

/** `own`: this machine had no room for it. */
export type StreamFailure = 'tls' | 'unreachable' | 'timeout' | 'own';

export interface StreamQuestion {
  readonly outgoing: Outgoing;
  /** The bytes are valid during the call only. */
  onAnswer(bytes: Uint8Array): void;
  onFailure(kind: StreamFailure, reason: string): void;
}

interface Waiting {
  readonly question: StreamQuestion;
  readonly deadline: Deadline;
  /** On the present connection. */
  isSent: boolean;
}

/** A connection takes no more questions than this at a time. */
const maxWaiting = 1024;

export class ServerStream {
  private readonly ports: StreamPorts;
  private readonly deadlines: Deadlines;
  private readonly settings: DnsProxySettings;
  private readonly at: ServerAddress;
  private readonly secure: boolean;
  private stream: Stream | undefined;
  private isOpen = false;
  /** Answers that came over the present connection. */
  private answers = 0;
  /** So many questions are put on a connection at a time: fewer for a server that closes after a few answers. */
  private window = maxWaiting;
  private unanswered = 0;
  private heardAt: Instant = instant(0);
  /** By id. */
  private readonly waiting = new Map<number, Waiting>();
  private idle: Deadline | undefined;
  private buffer = new Uint8Array(0);
  private filled = 0;

  constructor(
    ports: StreamPorts,
    deadlines: Deadlines,
    settings: DnsProxySettings,
    at: ServerAddress,
    secure: boolean,
  ) {
    this.ports = ports;
    this.deadlines = deadlines;
    this.settings = settings;
    this.at = at;
    this.secure = secure;
  }

  /** Whether a question with this id is under way: its answer could not be told from another's. */
  hasId(id: number): boolean {
    return this.waiting.has(id);
  }

  ask(question: StreamQuestion, now: Instant): void {
    const { id } = question.outgoing;
    if (this.waiting.size >= maxWaiting) {
      question.onFailure('timeout', `${maxWaiting} questions wait on the connection already`);
      return;
    }
    const { streamTimeoutMs, connectTimeoutMs } = this.settings;
    const deadline = this.deadlines.add(now, streamTimeoutMs + (this.isOpen ? 0 : connectTimeoutMs), () => {
      this.remove(id);
      question.onFailure('timeout', 'no answer over the connection');
    });
    const waiting: Waiting = { question, deadline, isSent: false };
    this.waiting.set(id, waiting);
    if (this.idle) this.deadlines.cancel(this.idle);
    this.idle = undefined;
    if (!this.stream) this.connect();
    else if (this.isOpen && this.unanswered < this.window) this.send(waiting);
  }

  /** The answer is not waited for any more. */
  forget(id: number): void {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.deadlines.cancel(waiting.deadline);
    this.remove(id);
  }

  /**
   * A question asked at `since` is answered too slowly. A connection that has answered before and says nothing any more may be
   * dead without our being told, as after a sleep: all that waits goes on over a new one.
   */
  doubt(since: Instant): void {
    if (!this.stream || this.answers === 0 || this.heardAt > since) return;
    this.drop();
    if (this.waiting.size > 0) this.connect();
  }

  close(): void {
    for (const { deadline } of this.waiting.values()) this.deadlines.cancel(deadline);
    this.waiting.clear();
    this.drop();
  }

  private connect(): void {
    const { address, port, tlsPort, interfaceName, localAddress, tlsName, tls } = this.at;
    const { connectTimeoutMs, tlsCaFile } = this.settings;
    this.answers = 0;
    this.filled = 0;
    const options = {
      address,
      port: this.secure ? tlsPort : port,
      timeoutMs: connectTimeoutMs,
      ...(interfaceName === '' ? {} : { interfaceName }),
      ...(localAddress ? { localAddress } : {}),
      onOpen: () => {
        this.isOpen = true;
        this.sendMore();
      },
      onData: (bytes: Uint8Array) => this.receive(bytes),
      onEnd: () => this.lost(undefined),
      onError: (error: Error) => this.lost(error),
    };
    try {
      this.stream = this.secure
        ? this.ports.secureStreams.connectSecure({
            ...options,
            tls: { serverName: tlsName, verify: tls === 'strict', caFile: tlsCaFile },
          })
        : this.ports.streams.connect(options);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.lost(error);
    }
  }

  /** Sends what waits, the oldest first, within the window. */
  private sendMore(): void {
    if (!this.isOpen || this.unanswered >= this.window || this.unanswered >= this.waiting.size) return;
    for (const waiting of this.waiting.values()) {
      if (!waiting.isSent) this.send(waiting);
      if (this.unanswered >= this.window) return;
    }
  }

  /** Takes a question out, answered or not. */
  private remove(id: number): void {
    if (this.waiting.get(id)?.isSent) this.unanswered--;
    this.waiting.delete(id);
    this.sendMore();
    this.rest();
  }

  private send(waiting: Waiting): void {
    waiting.isSent = true;
    this.unanswered++;
    const { bytes } = waiting.question.outgoing;
    const { length } = bytes;
    // Length and message in one segment (RFC 7766 section 8).
    const framed = new Uint8Array(2 + length);
    framed[0] = length >>> 8;
    framed[1] = length;
    framed.set(bytes.subarray(0, length), 2);
    this.stream?.write(framed);
  }

  private receive(bytes: Uint8Array): void {
    this.heardAt = this.ports.clock.now();
    if (this.filled + bytes.length > this.buffer.length) {
      const larger = new Uint8Array(Math.max(4096, this.filled + bytes.length));
      larger.set(this.buffer.subarray(0, this.filled));
      this.buffer = larger;
    }
    this.buffer.set(bytes, this.filled);
    this.filled += bytes.length;
    const { stream } = this;
    let at = 0;
    while (this.filled - at >= 2) {
      const length = ((this.buffer[at] as number) << 8) | (this.buffer[at + 1] as number);
      if (this.filled - at < 2 + length) break;
      const message = this.buffer.slice(at + 2, at + 2 + length);
      at += 2 + length;
      this.deliver(message);
      // The callback may have closed the connection, or made another.
      if (this.stream !== stream) return;
    }
    this.buffer.copyWithin(0, at, this.filled);
    this.filled -= at;
    if (this.filled === 0 && this.buffer.length > 16_384) this.buffer = new Uint8Array(0);
  }

  private deliver(message: Uint8Array): void {
    if (message.length < headerLength) return;
    const id = ((message[0] as number) << 8) | (message[1] as number);
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.answers++;
    if (this.answers >= 2 * this.window) this.window = Math.min(maxWaiting, 2 * this.window);
    this.deadlines.cancel(waiting.deadline);
    this.remove(id);
    waiting.question.onAnswer(message);
  }

  /** Nothing waits: the connection is kept for a while. */
  private rest(): void {
    if (this.waiting.size > 0 || !this.stream || this.idle) return;
    const { tlsIdleMs, tcpIdleMs } = this.settings;
    this.idle = this.deadlines.add(this.ports.clock.now(), this.secure ? tlsIdleMs : tcpIdleMs, () => this.drop());
  }

  private drop(): void {
    if (this.idle) this.deadlines.cancel(this.idle);
    this.idle = undefined;
    this.isOpen = false;
    this.unanswered = 0;
    for (const waiting of this.waiting.values()) waiting.isSent = false;
    const { stream } = this;
    this.stream = undefined;
    stream?.close();
  }

  /** The connection ended. What is left goes on over a new one in portions of what it answered, or one by one if it was asked more. */
  private lost(error: Error | undefined): void {
    const wasOpen = this.isOpen;
    const { answers, unanswered } = this;
    this.drop();
    if (this.waiting.size > 0 && (answers > 0 || unanswered > 1)) {
      this.window = Math.max(1, answers);
      return this.connect();
    }
    const failed = [...this.waiting.values()];
    this.waiting.clear();
    const errno = error instanceof OsError ? error.errno : 0;
    const kind = ownFaults.has(errno) ? 'own' : error && errno === 0 ? 'tls' : 'unreachable';
    const reason = error?.message ?? `the server closed the connection${wasOpen ? '' : ' at once'}`;
    for (const { question, deadline } of failed) {
      this.deadlines.cancel(deadline);
      question.onFailure(kind, reason);
    }
  }
}
