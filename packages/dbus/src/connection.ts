/**
 * A connection to a message bus: messages out and in, and which reply belongs to which call.
 *
 * What is sent in one turn of the event loop leaves in one write, in order. What comes in is handled for a few
 * milliseconds at a time, and not at all while the bus does not take what we send, so that a flood costs neither memory
 * nor the rest of the program its turn. Calls that have to wait are shared out among their senders (call-queue.ts). An
 * unreadable message is answered with an error; only a stream that cannot be cut into messages any more ends the connection.
 */
import { err, formatDecodeError, type Logger, ok, type Result } from '@connman/base';
import type { BusStream, BusStreamPort } from '@connman/ports';
import { BusError, busErrorName } from './bus-error';
import { CallQueue, type QueueLimits } from './call-queue';
import { Encoder } from './encode';
import { Framer, type Incoming, type SizeLimits } from './framer';
import { Handshake, handshakeOpening } from './handshake';
import { type Header, type Message, messageFlag, messageType, type OutgoingMessage, writeMessage } from './message';
import { isUniqueName } from './names';
import { kind, typesOf } from './signature';

export interface ConnectionHandlers {
  onCall(message: Message): void;
  onSignal(message: Message): void;
  /** Said once; every pending call has been answered with an error before. Not said after `close`. */
  onLost(reason: string): void;
}

export interface ConnectionLimits extends SizeLimits, QueueLimits {
  /** Most values in the body of a call or signal (see Decoder). */
  readonly unsolicitedValues: number;
  /** Most values in the body of a reply. */
  readonly replyValues: number;
  /** Unsent bytes at which nothing more is read until the bus has taken them all. */
  readonly queuedBytes: number;
  /** Unsent bytes at which the bus is given up. */
  readonly abandonBytes: number;
  /** How long messages are handled before the rest of the program has its turn. */
  readonly turnMs: number;
}

export const defaultLimits: ConnectionLimits = {
  unsolicitedBytes: 4 * 1024 * 1024,
  replyBytes: 32 * 1024 * 1024,
  unsolicitedValues: 200_000,
  replyValues: 2_000_000,
  queuedBytes: 1024 * 1024,
  abandonBytes: 64 * 1024 * 1024,
  turnMs: 5,
  callsPerSender: 256,
  bytesPerSender: 8 * 1024 * 1024,
  queuedCallBytes: 16 * 1024 * 1024,
};

export type ReplyListener = (reply: Result<Message, BusError>) => void;

interface PendingCall {
  readonly destination: string;
  readonly onReply: ReplyListener;
  readonly timer: NodeJS.Timeout | undefined;
}

const flushBytes = 256 * 1024;
const busName = 'org.freedesktop.DBus';
/** What the system bus takes in a message; it closes the connection of a client that sends more. */
const maxFds = 16;

export class Connection {
  private readonly handlers: ConnectionHandlers;
  private readonly log: Logger;
  readonly limits: ConnectionLimits;
  private readonly encoder = new Encoder();
  private readonly framer: Framer;
  private readonly waitingCalls: CallQueue;
  private readonly pending = new Map<number, PendingCall>();
  private stream: BusStream | undefined;
  private handshake: Handshake | undefined;
  private fdsAgreed = false;
  private serial = 0;
  private flushing = false;
  private pumpPlanned = false;
  private paused = false;
  private congested = false;
  private over = false;

  constructor(handlers: ConnectionHandlers, log: Logger, limits: ConnectionLimits = defaultLimits) {
    this.handlers = handlers;
    this.log = log;
    this.limits = limits;
    this.waitingCalls = new CallQueue(limits);
    this.framer = new Framer(limits, (fd) => this.stream?.closeFd(fd));
  }

  get closed(): boolean {
    return this.over;
  }

  /** True if the bus has agreed to carry file descriptors. */
  get passesFds(): boolean {
    return this.fdsAgreed;
  }

  /** Connects to a socket and starts the handshake; messages may be sent at once. Rejects with OsError. */
  async open(port: BusStreamPort, address: string): Promise<void> {
    const stream = await port.open(address, {
      onData: (bytes, fds) => this.receive(bytes, fds),
      onDrain: () => this.drained(),
      onClose: (error) => this.lose(error ? error.message : 'the bus has closed the connection'),
    });
    this.stream = stream;
    this.handshake = new Handshake(stream.passesFds);
    stream.write(handshakeOpening(stream.passesFds), []);
  }

  /**
   * Sends a message; gives its serial, or 0 if the connection is over. File descriptors in it belong to the connection
   * from now on. Throws Invariant if the message is not valid.
   */
  send(message: OutgoingMessage): number {
    if (this.over || !this.stream) {
      this.discardFdsOf(message);
      return 0;
    }
    const before = this.encoder.length;
    const serial = this.nextSerial();
    const fds = this.write(serial, message);
    if (fds.length > 0) this.sendWithFds(before, fds);
    else if (this.encoder.length > flushBytes) this.flush();
    else this.flushSoon();
    return serial;
  }

  private write(serial: number, message: OutgoingMessage): readonly number[] {
    try {
      return writeMessage(this.encoder, serial, message, this.fdsAgreed ? maxFds : 0);
    } catch (error) {
      this.discardFdsOf(message);
      throw error;
    }
  }

  /** Closes the file descriptors that a message which is not sent would have carried. */
  discardFdsOf(message: Pick<OutgoingMessage, 'types' | 'body'>): void {
    message.types.forEach((type, index) => {
      const value = message.body[index];
      if (type.kind === kind.unixFd && typeof value === 'number') this.stream?.closeFd(value);
    });
  }

  /** The fds must travel with the first byte of their own message. */
  private sendWithFds(start: number, fds: readonly number[]): void {
    const bytes = this.encoder.take();
    if (start > 0) this.stream?.write(bytes.subarray(0, start), []);
    this.stream?.write(bytes.subarray(start), fds);
    this.checkQueue();
  }

  /** Sends a call and tells its reply, or that there is none. The returned function gives the call up, silently. */
  call(message: OutgoingMessage, timeoutMs: number, onReply: ReplyListener): () => void {
    const serial = this.send(message);
    if (serial === 0) {
      onReply(err(new BusError(busErrorName.disconnected, 'The connection to the bus is closed')));
      return () => {};
    }
    const settle = (): void => {
      this.pending.delete(serial);
      onReply(err(new BusError(busErrorName.noReply, `No reply to ${message.member ?? ''} within ${timeoutMs} ms`)));
    };
    const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(settle, timeoutMs);
    this.pending.set(serial, { destination: message.destination ?? '', onReply, timer });
    return () => {
      clearTimeout(timer);
      this.pending.delete(serial);
    };
  }

  replyError(to: Pick<Header, 'flags' | 'serial' | 'sender'>, errorName: string, text: string): void {
    if ((to.flags & messageFlag.noReplyExpected) !== 0) return;
    this.send({
      type: messageType.error,
      flags: messageFlag.noReplyExpected,
      errorName,
      replySerial: to.serial,
      destination: to.sender,
      signature: 's',
      types: oneString,
      body: [text.replaceAll('\0', '')],
    });
  }

  /** Closes file descriptors that came with a message and that no one wants. */
  discardFds(fds: readonly number[]): void {
    for (const fd of fds) this.stream?.closeFd(fd);
  }

  /** Sends what waits, then closes. Pending calls are answered with an error. */
  close(): void {
    if (this.over) return;
    this.flush();
    this.end('The connection to the bus is closed');
  }

  private nextSerial(): number {
    do {
      this.serial = this.serial === 0xffffffff ? 1 : this.serial + 1;
    } while (this.pending.has(this.serial));
    return this.serial;
  }

  private flushSoon(): void {
    if (this.flushing) return;
    this.flushing = true;
    // After what others have planned for the end of this turn, which then leaves by the same system call.
    process.nextTick(() => process.nextTick(() => this.flush()));
  }

  private flush(): void {
    this.flushing = false;
    if (this.over || this.encoder.length === 0) return;
    this.stream?.write(this.encoder.take(), []);
    this.checkQueue();
  }

  private checkQueue(): void {
    const queued = this.stream?.queuedBytes ?? 0;
    if (queued > this.limits.abandonBytes) this.lose(`the bus has left ${queued} bytes unread`);
    else if (queued > this.limits.queuedBytes) this.congested = true;
  }

  private drained(): void {
    if (!this.congested) return;
    this.congested = false;
    this.pump();
  }

  private receive(bytes: Uint8Array, fds: readonly number[]): void {
    if (this.over) return;
    let rest = bytes;
    if (this.handshake) {
      const step = this.handshake.feed(bytes);
      if (step.kind === 'failed') return this.lose(step.reason);
      if (step.kind === 'more') return;
      this.handshake = undefined;
      this.fdsAgreed = step.fdsAgreed;
      rest = bytes.subarray(step.consumed);
    }
    this.framer.push(rest, fds);
    if (this.pumpPlanned || this.congested) this.framer.keep();
    else this.pump();
  }

  /** Handles what has come in, until it is all done or other work must have a turn first. */
  private pump(): void {
    this.pumpPlanned = false;
    const until = monotonicMs() + this.limits.turnMs;
    while (!this.over) {
      if (this.congested) return this.hold();
      const incoming = this.framer.next();
      if (!incoming) break;
      const late = monotonicMs() > until;
      if ((late || !this.waitingCalls.isEmpty) && isCall(incoming)) {
        // All that has been read is sorted by sender first: the last call in the buffer may be the next one's turn.
        this.keepForLater(incoming.message);
        continue;
      }
      const settled = this.handle(incoming);
      // A caller that awaits a reply goes on before the next message is handled, or it would see the two the wrong way round.
      if (settled && this.framer.waiting) return this.plan(afterPromises);
      if (late) break;
    }
    this.serveWaiting();
    if (this.over) return;
    if (this.congested) return this.hold();
    if (this.framer.waiting || !this.waitingCalls.isEmpty) {
      if (this.framer.waiting) this.hold();
      return this.plan(setImmediate);
    }
    this.framer.keep();
    this.resume();
  }

  /** Handles calls that had to wait, for as long as a turn may take. */
  private serveWaiting(): void {
    if (this.waitingCalls.isEmpty) return;
    const until = monotonicMs() + this.limits.turnMs;
    while (!this.over && !this.congested && !this.waitingCalls.isEmpty) {
      this.handlers.onCall(this.waitingCalls.take() as Message);
      if (monotonicMs() > until) return;
    }
  }

  private plan(schedule: (callback: () => void) => unknown): void {
    this.framer.keep();
    this.pumpPlanned = true;
    schedule(() => {
      if (!this.over) this.pump();
    });
  }

  private resume(): void {
    if (!this.paused || this.over) return;
    this.paused = false;
    this.stream?.resume();
  }

  private hold(): void {
    this.framer.keep();
    if (this.paused) return;
    this.paused = true;
    this.stream?.pause();
  }

  /** True if the message settled a call of ours. */
  private handle(incoming: Incoming): boolean {
    switch (incoming.kind) {
      case 'broken':
        this.lose(`the bus sends what is no message: ${formatDecodeError(incoming.error)}`);
        return false;
      case 'unreadable':
        this.log.warning(`dbus: a message was left out: ${formatDecodeError(incoming.error)}`);
        return false;
      case 'too-large':
        return this.refuse(incoming.header, incoming.bytes);
    }
    const { message } = incoming;
    switch (message.type) {
      case messageType.call:
        this.handlers.onCall(message);
        return false;
      case messageType.signal:
        this.handlers.onSignal(message);
        return false;
      case messageType.reply:
      case messageType.error:
        return this.settle(message);
    }
    // A message type of a later version of the protocol is to be ignored.
    this.discardFds(message.fds);
    return false;
  }

  private keepForLater(message: Message): void {
    if (this.waitingCalls.offer(message)) return;
    this.discardFds(message.fds);
    const text = `${message.sender} has too many calls waiting; read the answers before you ask again`;
    this.replyError(message, busErrorName.limitsExceeded, text);
  }

  private refuse(header: Header, bytes: number): boolean {
    const text = `The message is too large: ${bytes} bytes`;
    if (header.type === messageType.call) {
      this.log.debug(`dbus: ${header.sender} called ${header.member} with ${bytes} bytes, which is refused`);
      this.replyError(header, busErrorName.limitsExceeded, text);
    } else if (header.type === messageType.reply || header.type === messageType.error) {
      const call = this.takePending(header);
      call?.onReply(err(new BusError(busErrorName.limitsExceeded, text)));
      return call !== undefined;
    }
    return false;
  }

  private settle(message: Message): boolean {
    const call = this.takePending(message);
    if (!call) {
      // Too late, or never asked for.
      this.discardFds(message.fds);
      return false;
    }
    call.onReply(ok(message));
    return true;
  }

  private takePending(header: Header): PendingCall | undefined {
    const call = this.pending.get(header.replySerial);
    if (!call) return undefined;
    // Another client must not answer in the place of the one that was asked; the bus itself may, for one that is gone.
    const stranger = isUniqueName(call.destination) && header.sender !== call.destination && header.sender !== busName;
    if (stranger) return undefined;
    clearTimeout(call.timer);
    this.pending.delete(header.replySerial);
    return call;
  }

  private lose(reason: string): void {
    if (this.over) return;
    this.end(`The connection to the bus is lost: ${reason}`);
    this.handlers.onLost(reason);
  }

  private end(text: string): void {
    this.over = true;
    this.framer.clear();
    for (let call = this.waitingCalls.take(); call; call = this.waitingCalls.take()) this.discardFds(call.fds);
    this.stream?.close();
    const calls = [...this.pending.values()];
    this.pending.clear();
    for (const call of calls) {
      clearTimeout(call.timer);
      call.onReply(err(new BusError(busErrorName.disconnected, text)));
    }
  }
}

/** From a callback of the event loop, ticks run before promises go on: a tick must be planned by a promise to come after. */
function afterPromises(callback: () => void): void {
  queueMicrotask(() => process.nextTick(callback));
}

function isCall(incoming: Incoming): incoming is Incoming & { kind: 'message' } {
  return incoming.kind === 'message' && incoming.message.type === messageType.call;
}

const oneString = typesOf('s');

/** Milliseconds of an arbitrary clock. Node loads 2 ms worth of modules at the first use of `performance`. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
