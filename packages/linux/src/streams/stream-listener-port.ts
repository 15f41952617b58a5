/** TCP as a server: connections accepted on one address, if need be from one link alone. */
import { OsError } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type {
  AcceptedHandlers,
  AcceptedStream,
  Clock,
  StreamListener,
  StreamListenerOptions,
  StreamListenerPort,
} from '@connman/ports';
import { addon } from '../addon';
import { EAGAIN, must } from '../calls';
import { Descriptor, READABLE, WRITABLE } from '../descriptor';
import { formatEndpoint, localPortOf, openInetSocket, SOCK_STREAM } from '../inet-socket';
import { INET_ADDRESS_BYTES, inetAddress, inetPort } from '../sockaddr';

const ECONNABORTED = 103;
const BACKLOG = 128;
const BUFFER_BYTES = 65536;
/** Connections accepted, and pieces read from one of them, before the rest of the program gets its chance. */
const BURST = 16;
/** When there are no descriptors left, the waiting connection stays readable: look again only after this time. */
const pauseMs = 250;

/** What is read is valid during the call only: one buffer serves all streams. */
let shared: Uint8Array | undefined;

export function createStreamListenerPort(clock: Clock): StreamListenerPort {
  return { listen: (options) => new LinuxStreamListener(options, clock) };
}

class LinuxStreamListener implements StreamListener {
  readonly localPort: number;
  private readonly options: StreamListenerOptions;
  private readonly clock: Clock;
  private readonly object: string;
  private readonly descriptor: Descriptor;
  private readonly peer = new Uint8Array(INET_ADDRESS_BYTES);
  private stopPause = () => {};

  constructor(options: StreamListenerOptions, clock: Clock) {
    this.options = options;
    this.clock = clock;
    // Connections of an earlier run that linger in the kernel must not keep the port from us.
    const fd = openInetSocket(SOCK_STREAM, { localPort: 0, reuseAddress: true, ...options });
    try {
      must(addon().listen(fd, BACKLOG), 'listen', `tcp port ${options.localPort ?? 0}`);
      this.localPort = localPortOf(fd);
    } catch (error) {
      addon().close(fd);
      throw error;
    }
    this.object = `tcp port ${this.localPort}`;
    this.descriptor = new Descriptor(fd, READABLE, this.object, () => this.accept());
  }

  private accept(): void {
    for (let i = 0; i < BURST && this.descriptor.isOpen; i++) {
      const fd = addon().accept(this.descriptor.fd, this.peer);
      if (fd === -EAGAIN) return;
      if (fd === -ECONNABORTED) continue;
      if (fd < 0) return this.pause(new OsError('accept', -fd, this.object));
      const stream = new LinuxAcceptedStream(fd, inetAddress(this.peer), inetPort(this.peer));
      const handlers = this.options.onStream(stream);
      if (handlers) stream.start(handlers);
      else stream.close();
    }
  }

  private pause(error: OsError): void {
    this.descriptor.wait(0);
    this.stopPause = this.clock.setTimer(pauseMs, () => this.descriptor.wait(READABLE));
    this.options.onError(error);
  }

  close(): void {
    this.stopPause();
    this.descriptor.close();
  }
}

interface Chunk {
  readonly bytes: Uint8Array;
  offset: number;
}

class LinuxAcceptedStream implements AcceptedStream {
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  pendingBytes = 0;
  private readonly object: string;
  private readonly descriptor: Descriptor;
  private readonly queue: Chunk[] = [];
  private handlers: AcceptedHandlers | undefined;
  private interest = READABLE;
  private reading = true;
  private ended = false;
  private closing = false;

  constructor(fd: number, remoteAddress: IpAddress, remotePort: number) {
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.object = `tcp ${formatEndpoint(remoteAddress, remotePort)}`;
    this.descriptor = new Descriptor(fd, READABLE, this.object, (events) => {
      if (events & WRITABLE) this.flush(true);
      if (events & ~WRITABLE && this.descriptor.isOpen) this.receive();
    });
  }

  start(handlers: AcceptedHandlers): void {
    this.handlers = handlers;
    // A question often comes together with the connection.
    this.receive();
  }

  private receive(): void {
    shared ??= new Uint8Array(BUFFER_BYTES);
    for (let i = 0; i < BURST && this.reading && !this.ended && this.descriptor.isOpen; i++) {
      const length = addon().recv(this.descriptor.fd, shared, 0);
      if (length === -EAGAIN) return;
      if (length < 0) return this.fail(new OsError('recv', -length, this.object));
      if (length === 0) {
        // An end stays readable for ever.
        this.ended = true;
        this.wait();
        this.handlers?.onEnd();
        return;
      }
      this.handlers?.onData(shared.subarray(0, length));
      if (length < BUFFER_BYTES) return;
    }
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0 || !this.descriptor.isOpen || this.closing) return;
    let sent = 0;
    if (this.queue.length === 0) {
      const answer = addon().send(this.descriptor.fd, bytes, 0);
      // A broken connection is told by reading, when no caller is in the middle of something.
      if (answer > 0) sent = answer;
    }
    if (sent === bytes.length) return;
    this.queue.push({ bytes: bytes.slice(sent), offset: 0 });
    this.pendingBytes += bytes.length - sent;
    this.wait();
  }

  private flush(tell: boolean): void {
    for (let head = this.queue[0]; head && this.descriptor.isOpen; head = this.queue[0]) {
      const { bytes, offset } = head;
      const sent = addon().send(this.descriptor.fd, bytes, 0, offset, bytes.length - offset);
      if (sent === -EAGAIN) break;
      if (sent < 0) return this.fail(new OsError('send', -sent, this.object));
      this.pendingBytes -= sent;
      head.offset += sent;
      if (head.offset === bytes.length) this.queue.shift();
    }
    if (this.queue.length === 0 && this.closing) return this.close();
    this.wait();
    if (tell && this.queue.length === 0) this.handlers?.onDrain();
  }

  readMore(more: boolean): void {
    this.reading = more;
    this.wait();
  }

  private wait(): void {
    const interest = (this.reading && !this.ended ? READABLE : 0) | (this.queue.length > 0 ? WRITABLE : 0);
    if (interest !== this.interest) this.descriptor.wait(interest);
    this.interest = interest;
  }

  private fail(error: OsError): void {
    if (!this.descriptor.isOpen) return;
    this.close();
    this.handlers?.onError(error);
  }

  end(): void {
    this.closing = true;
    this.reading = false;
    if (this.queue.length === 0) this.close();
    else this.wait();
  }

  close(): void {
    this.descriptor.close();
    this.queue.length = 0;
    this.pendingBytes = 0;
  }
}
