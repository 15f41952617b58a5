/** TCP as a client, out by the link it is told: what Node's own sockets cannot do. */
import { OsError } from '@connman/base';
import { familyOf } from '@connman/inet';
import type { Clock, Stream, StreamOptions, StreamPort } from '@connman/ports';
import { addon } from '../addon';
import { EAGAIN, EINPROGRESS, must } from '../calls';
import { Descriptor, READABLE, WRITABLE } from '../descriptor';
import { formatEndpoint, openInetSocket, SO_ERROR, SOCK_STREAM, SOL_SOCKET } from '../inet-socket';
import { encodeInet } from '../sockaddr';

const ETIMEDOUT = 110;
const BUFFER_BYTES = 65536;
/** Pieces read in one go, so that a fast peer leaves the event loop to others. */
const BURST = 16;

/** What is read is valid during the call only: one buffer serves all streams. */
let shared: Uint8Array | undefined;

export function createStreamPort(clock: Clock): StreamPort {
  return { connect: (options) => new LinuxStream(options, clock) };
}

interface Chunk {
  readonly bytes: Uint8Array;
  offset: number;
}

class LinuxStream implements Stream {
  pendingBytes = 0;
  private readonly options: StreamOptions;
  private readonly object: string;
  private readonly descriptor: Descriptor;
  private readonly queue: Chunk[] = [];
  private readonly stopTimer: () => void;
  private connected = false;
  private ended = false;
  private interest = WRITABLE;

  constructor(options: StreamOptions, clock: Clock) {
    this.options = options;
    this.object = `tcp ${formatEndpoint(options.address, options.port)}`;
    this.descriptor = new Descriptor(this.start(options), WRITABLE, this.object, (events) => this.onEvents(events));
    const { timeoutMs } = options;
    const expire = () => this.fail(new OsError('connect', ETIMEDOUT, this.object, `no answer in ${timeoutMs} ms`));
    this.stopTimer = timeoutMs === undefined ? () => {} : clock.setTimer(timeoutMs, expire);
  }

  private start(options: StreamOptions): number {
    const { address, port, interfaceName, localAddress } = options;
    const fd = openInetSocket(SOCK_STREAM, {
      family: familyOf(address),
      ...(interfaceName !== undefined && { interfaceName }),
      ...(localAddress !== undefined && { localAddress }),
    });
    const answer = addon().connect(fd, encodeInet(address, port));
    // Connected at once or under way: either way the socket becomes writable when it is.
    if (answer < 0 && answer !== -EINPROGRESS) {
      addon().close(fd);
      must(answer, 'connect', this.object);
    }
    return fd;
  }

  private onEvents(events: number): void {
    if (!this.connected) {
      this.finishConnect();
      return;
    }
    if (events & WRITABLE) this.flush();
    if (events & ~WRITABLE && this.descriptor.isOpen) this.receive();
  }

  private finishConnect(): void {
    const fault = new Int32Array(1);
    const answer = addon().getsockopt(this.descriptor.fd, SOL_SOCKET, SO_ERROR, fault);
    const errno = answer < 0 ? -answer : (fault[0] as number);
    if (errno !== 0) {
      this.fail(new OsError('connect', errno, this.object));
      return;
    }
    this.connected = true;
    this.stopTimer();
    this.options.onOpen();
    this.flush();
  }

  private receive(): void {
    shared ??= new Uint8Array(BUFFER_BYTES);
    for (let i = 0; i < BURST && this.descriptor.isOpen && !this.ended; i++) {
      const length = addon().recv(this.descriptor.fd, shared, 0);
      if (length === -EAGAIN) return;
      if (length < 0) {
        this.fail(new OsError('recv', -length, this.object));
        return;
      }
      if (length === 0) {
        // An end stays readable for ever.
        this.ended = true;
        this.wait();
        this.options.onEnd();
        return;
      }
      this.options.onData(shared.subarray(0, length));
    }
  }

  write(bytes: Uint8Array): void {
    if (!this.descriptor.isOpen) return;
    let sent = 0;
    if (this.connected && this.queue.length === 0) {
      sent = addon().send(this.descriptor.fd, bytes, 0);
      // Not from within `write`: its caller is in the middle of something.
      if (sent < 0 && sent !== -EAGAIN) process.nextTick(() => this.failToSend(-sent));
      sent = Math.max(0, sent);
    }
    if (sent === bytes.length) return;
    // The caller may use its buffer again. (A Buffer's own slice would not copy.)
    const rest = new Uint8Array(bytes.subarray(sent));
    this.queue.push({ bytes: rest, offset: 0 });
    this.pendingBytes += rest.length;
    this.wait();
  }

  private flush(): void {
    for (let head = this.queue[0]; head && this.descriptor.isOpen; head = this.queue[0]) {
      const { bytes, offset } = head;
      const sent = addon().send(this.descriptor.fd, bytes, 0, offset, bytes.length - offset);
      if (sent === -EAGAIN) break;
      if (sent < 0) {
        this.failToSend(-sent);
        return;
      }
      this.pendingBytes -= sent;
      head.offset += sent;
      if (head.offset === bytes.length) this.queue.shift();
    }
    this.wait();
  }

  private wait(): void {
    if (!this.connected) return;
    const interest = (this.ended ? 0 : READABLE) | (this.queue.length > 0 ? WRITABLE : 0);
    if (interest !== this.interest) this.descriptor.wait(interest);
    this.interest = interest;
  }

  /** A peer that closed may have answered before: that is read first. */
  private failToSend(errno: number): void {
    if (this.descriptor.isOpen && !this.ended) this.receive();
    this.fail(new OsError('send', errno, this.object));
  }

  private fail(error: OsError): void {
    if (!this.descriptor.isOpen) return;
    this.close();
    this.options.onError(error);
  }

  close(): void {
    this.stopTimer();
    this.descriptor.close();
    this.queue.length = 0;
    this.pendingBytes = 0;
  }
}
