/** The stream to the message bus: a unix stream socket that passes file descriptors both ways. */
import { OsError } from '@connman/base';
import type { BusStream, BusStreamEvents, BusStreamPort } from '@connman/ports';
import { addon } from '../addon';
import { EAGAIN, must } from '../calls';
import { Descriptor, READABLE, WRITABLE } from '../descriptor';
import { AF_UNIX, encodeUnix } from '../sockaddr';

const SOCK_STREAM_NONBLOCK_CLOEXEC = 0o2004001;
const ENAMETOOLONG = 36;
/** sizeof(struct sockaddr_un) */
const UNIX_ADDRESS_BYTES = 110;
/** The kernel passes at most 253 descriptors at once (SCM_MAX_FD). */
const maxDescriptors = 253;
const receiveBytes = 64 * 1024;
/** Full reads in a row before the rest of the program gets its chance. */
const readsPerTurn = 8;
const retryMs = 10;
const retries = 500;

export const busStreamPort: BusStreamPort = {
  async open(address, events) {
    const shown = address.replace('\0', '@');
    const sockaddr = encodeUnix(shown);
    if (sockaddr.length > UNIX_ADDRESS_BYTES) throw new OsError('connect', ENAMETOOLONG, shown);
    const native = addon();
    const fd = must(native.socket(AF_UNIX, SOCK_STREAM_NONBLOCK_CLOEXEC, 0), 'socket', shown);
    let answer = native.connect(fd, sockaddr);
    // A unix socket is connected at once, unless the bus has too many newcomers waiting: that cannot be polled for.
    for (let left = retries; answer === -EAGAIN && left > 0; left--) {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      answer = native.connect(fd, sockaddr);
    }
    if (answer < 0) {
      native.close(fd);
      throw new OsError('connect', -answer, shown);
    }
    return new LinuxBusStream(fd, shown, events);
  },
};

/** Bytes the kernel has not taken yet. */
interface Queued {
  readonly bytes: Uint8Array;
  offset: number;
  /** Travel with the first byte; none once that is gone. */
  fds: readonly number[];
}

/** What is read is valid during the call only: one buffer serves all streams. */
let received: Uint8Array | undefined;
/** Count, flags, descriptors. */
const table = new Int32Array(2 + maxDescriptors);

/** A connected stream socket on the event loop; owns `fd`. */
export class LinuxBusStream implements BusStream {
  readonly passesFds = true;
  queuedBytes = 0;
  private readonly descriptor: Descriptor;
  private readonly address: string;
  private readonly events: BusStreamEvents;
  private readonly queue: Queued[] = [];
  private interest = READABLE;
  private reading = true;
  private closing = false;

  constructor(fd: number, address: string, events: BusStreamEvents) {
    this.address = address;
    this.events = events;
    this.descriptor = new Descriptor(fd, READABLE, address, (ready) => {
      if ((ready & WRITABLE) !== 0) this.flush();
      if ((ready & ~WRITABLE) !== 0) this.receive();
    });
  }

  private receive(): void {
    received ??= new Uint8Array(receiveBytes);
    for (let left = readsPerTurn; left > 0 && this.reading && this.descriptor.isOpen; left--) {
      const length = addon().recvDescriptors(this.descriptor.fd, received, table);
      if (length === -EAGAIN) return;
      if (length <= 0) return this.end(length === 0 ? undefined : new OsError('recvmsg', -length, this.address));
      const count = table[0] as number;
      const fds = count > 0 ? [...table.subarray(2, 2 + count)] : noDescriptors;
      this.events.onData(received.subarray(0, length), fds);
      if (length < receiveBytes && count === 0) return;
    }
  }

  write(bytes: Uint8Array, fds: readonly number[]): void {
    if (!this.descriptor.isOpen || this.closing) return this.closeAll(fds);
    this.queue.push({ bytes, offset: 0, fds });
    this.queuedBytes += bytes.length;
    if (this.queue.length === 1) this.flush();
  }

  private flush(): void {
    for (let head = this.queue[0]; head; head = this.queue[0]) {
      const sent = this.send(head);
      if (sent === -EAGAIN) return this.wait();
      if (sent < 0) return this.fail(new OsError('sendmsg', -sent, this.address));
      this.queuedBytes -= sent;
      head.offset += sent;
      this.closeAll(head.fds);
      head.fds = noDescriptors;
      if (head.offset === head.bytes.length) this.queue.shift();
    }
    if (this.closing) return this.end(undefined);
    const congested = (this.interest & WRITABLE) !== 0;
    this.wait();
    if (congested) this.events.onDrain();
  }

  private send({ bytes, offset, fds }: Queued): number {
    const { fd } = this.descriptor;
    if (fds.length > 0) return addon().sendDescriptors(fd, bytes, Int32Array.from(fds), offset, bytes.length - offset);
    return addon().send(fd, bytes, 0, offset, bytes.length - offset);
  }

  private wait(): void {
    const interest = (this.reading ? READABLE : 0) | (this.queue.length > 0 ? WRITABLE : 0);
    if (interest !== this.interest) this.descriptor.wait(interest);
    this.interest = interest;
  }

  pause(): void {
    this.reading = false;
    this.wait();
  }

  resume(): void {
    this.reading = !this.closing;
    this.wait();
  }

  closeFd(fd: number): void {
    addon().close(fd);
  }

  private closeAll(fds: readonly number[]): void {
    for (const fd of fds) addon().close(fd);
  }

  /** Not from within `write`: its caller is in the middle of something. */
  private fail(error: OsError): void {
    process.nextTick(() => this.end(error));
  }

  private end(error: OsError | undefined): void {
    if (!this.descriptor.isOpen) return;
    this.descriptor.close();
    for (const { fds } of this.queue) this.closeAll(fds);
    this.queue.length = 0;
    this.queuedBytes = 0;
    if (!this.closing) this.events.onClose(error);
  }

  /** What is queued still leaves; nothing is read any more. */
  close(): void {
    if (this.closing || !this.descriptor.isOpen) return;
    this.closing = true;
    this.reading = false;
    if (this.queue.length === 0) this.end(undefined);
    else this.wait();
  }
}

const noDescriptors: readonly number[] = [];
