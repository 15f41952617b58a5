/** UDP to one peer with the kernel's time of arrival and the time right before departure: for NTP. */
import { OsError } from '@connman/base';
import type { StampedDatagramOptions, StampedDatagramPort, StampedDatagramSocket } from '@connman/ports';
import { addon } from '../addon';
import { EAGAIN, must } from '../calls';
import { Descriptor, READABLE } from '../descriptor';
import { formatEndpoint, openInetSocket, SOCK_DGRAM } from '../inet-socket';
import { encodeInet } from '../sockaddr';

/** Datagrams taken in one go, so that a flood leaves the event loop to others. */
const burst = 16;
/** What does not fit is cut; a time protocol's datagrams are far smaller. */
const bufferBytes = 2048;

const buffer = new Uint8Array(bufferBytes);
const stamp = new Float64Array(1);

export const stampedDatagramPort: StampedDatagramPort = {
  openStamped: (options) => new LinuxStampedSocket(options),
};

class LinuxStampedSocket implements StampedDatagramSocket {
  private readonly options: StampedDatagramOptions;
  private readonly descriptor: Descriptor;
  private readonly object: string;

  constructor(options: StampedDatagramOptions) {
    this.options = options;
    const { address, port } = options.remote;
    this.object = `udp ${formatEndpoint(address, port)}`;
    const fd = openInetSocket(SOCK_DGRAM, options);
    const native = addon();
    try {
      must(native.stampReceipts(fd), 'SO_TIMESTAMPNS', this.object);
      must(native.connect(fd, encodeInet(address, port)), 'connect', this.object);
    } catch (error) {
      native.close(fd);
      throw error;
    }
    this.descriptor = new Descriptor(fd, READABLE, this.object, () => this.receive());
  }

  private receive(): void {
    const native = addon();
    for (let i = 0; i < burst && this.descriptor.isOpen; i++) {
      const length = native.receiveStamped(this.descriptor.fd, buffer, stamp);
      if (length === -EAGAIN) return;
      if (length < 0) {
        this.options.onError(new OsError('recvmsg', -length, this.object));
        return;
      }
      this.options.onDatagram(buffer.subarray(0, length), stamp[0] as number);
    }
  }

  send(bytes: Uint8Array): number {
    must(addon().sendStamped(this.descriptor.fd, bytes, stamp), 'send', this.object);
    return stamp[0] as number;
  }

  close(): void {
    this.descriptor.close();
  }
}
