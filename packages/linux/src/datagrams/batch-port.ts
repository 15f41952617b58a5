/** UDP by the batch: up to 64 datagrams in one system call, without garbage. The DNS proxy's way in and out. */
import { OsError } from '@connman/base';
import type { BatchOptions, BatchPort, BatchSocket, DatagramBatch } from '@connman/ports';
import { addon } from '../addon';
import { EAGAIN } from '../calls';
import { Descriptor, READABLE, WRITABLE } from '../descriptor';
import { localPortOf, openInetSocket, SOCK_DGRAM, SOL_SOCKET } from '../inet-socket';

const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;

export const batchPort: BatchPort = {
  openBatch: (options) => new LinuxBatchSocket(options),
};

class LinuxBatchSocket implements BatchSocket {
  readonly localPort: number;
  private readonly options: BatchOptions;
  private readonly descriptor: Descriptor;
  private readonly object: string;

  constructor(options: BatchOptions) {
    this.options = options;
    const fd = openInetSocket(SOCK_DGRAM, { localPort: 0, ...options });
    const { receiveBufferBytes } = options;
    if (receiveBufferBytes !== undefined) {
      // The first needs CAP_NET_ADMIN; the second gets what net.core.rmem_max lets through. Neither is worth failing for.
      const forced = addon().setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBufferBytes);
      if (forced < 0) addon().setsockopt(fd, SOL_SOCKET, SO_RCVBUF, receiveBufferBytes);
    }
    this.localPort = localPortOf(fd);
    this.object = `udp port ${this.localPort}`;
    this.descriptor = new Descriptor(fd, READABLE, this.object, (events) => this.onEvents(events));
  }

  private onEvents(events: number): void {
    if (events & WRITABLE) {
      this.descriptor.wait(READABLE);
      this.options.onWritable();
    }
    if (events & READABLE && this.descriptor.isOpen) this.options.onReadable();
  }

  receive(batch: DatagramBatch): number {
    if (!this.descriptor.isOpen) return 0;
    batch.lengths.fill(batch.slotBytes);
    const count = addon().recvmmsg(this.descriptor.fd, batch.bytes, batch.offsets, batch.lengths, batch.addresses);
    if (count >= 0) return count;
    if (count !== -EAGAIN) this.options.onError(new OsError('recvmmsg', -count, this.object));
    return 0;
  }

  send(batch: DatagramBatch, from: number, to: number): number {
    const native = addon();
    let next = from;
    while (next < to && this.descriptor.isOpen) {
      const range = (next << 16) | (to - next);
      const sent = native.sendmmsg(
        this.descriptor.fd,
        batch.bytes,
        batch.offsets,
        batch.lengths,
        batch.addresses,
        range,
      );
      if (sent === -EAGAIN) {
        this.descriptor.wait(READABLE | WRITABLE);
        return next;
      }
      if (sent < 0) this.options.onError(new OsError('sendmmsg', -sent, this.object));
      // The call stops before the first datagram the kernel refuses and tells its errno the next time: skip that one.
      next += sent < 0 ? 1 : sent;
    }
    return next;
  }

  close(): void {
    this.descriptor.close();
  }
}
