/** UDP one datagram at a time: for DHCP servers, NTP, DNS queries of our own. */
import { OsError } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { DatagramOptions, DatagramPort, DatagramSocket } from '@connman/ports';
import { addon } from '../addon';
import { EAGAIN, must } from '../calls';
import { Descriptor, READABLE } from '../descriptor';
import { formatEndpoint, localPortOf, openInetSocket, SO_BROADCAST, SOCK_DGRAM, SOL_SOCKET } from '../inet-socket';
import { encodeInet, INET_ADDRESS_BYTES, inetAddress, inetPort } from '../sockaddr';

/** The most a UDP datagram can hold. */
const BUFFER_BYTES = 65536;
/** Datagrams taken in one go, so that a flood leaves the event loop to others. */
const BURST = 64;

/** Datagrams are read one after the other and their bytes are valid during the call only: one buffer serves all sockets. */
let shared: Uint8Array | undefined;

export const datagramPort: DatagramPort = {
  open: (options) => new LinuxDatagramSocket(options),
};

class LinuxDatagramSocket implements DatagramSocket {
  readonly localPort: number;
  private readonly options: DatagramOptions;
  private readonly descriptor: Descriptor;
  private readonly object: string;
  private readonly source = new Uint8Array(INET_ADDRESS_BYTES);

  constructor(options: DatagramOptions) {
    this.options = options;
    const fd = openInetSocket(SOCK_DGRAM, { localPort: 0, ...options });
    try {
      const { remote } = options;
      if (options.broadcast) must(addon().setsockopt(fd, SOL_SOCKET, SO_BROADCAST, 1), 'SO_BROADCAST', 'udp');
      if (remote) {
        const peer = formatEndpoint(remote.address, remote.port);
        must(addon().connect(fd, encodeInet(remote.address, remote.port)), 'connect', `udp ${peer}`);
      }
      this.localPort = localPortOf(fd);
    } catch (error) {
      addon().close(fd);
      throw error;
    }
    this.object = `udp port ${this.localPort}`;
    this.descriptor = new Descriptor(fd, READABLE, this.object, () => this.receive());
  }

  private receive(): void {
    shared ??= new Uint8Array(BUFFER_BYTES);
    const native = addon();
    for (let i = 0; i < BURST && this.descriptor.isOpen; i++) {
      const length = native.recvfrom(this.descriptor.fd, shared, 0, this.source);
      if (length === -EAGAIN) return;
      if (length < 0) {
        this.options.onError(new OsError('recv', -length, this.object));
        return;
      }
      this.options.onDatagram(shared.subarray(0, length), inetAddress(this.source), inetPort(this.source));
    }
  }

  send(bytes: Uint8Array, address?: IpAddress, port = 0): void {
    const { fd } = this.descriptor;
    const sent = address ? addon().sendto(fd, bytes, 0, encodeInet(address, port)) : addon().send(fd, bytes, 0);
    if (sent < 0) must(sent, 'send', address ? `udp ${formatEndpoint(address, port)}` : this.object);
  }

  close(): void {
    this.descriptor.close();
  }
}
