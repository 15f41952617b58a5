/** Netlink sockets: whole datagrams of the kernel in order, other senders' never, overruns told after a clean-up. */
import { OsError } from '@connman/base';
import type { NetlinkOptions, NetlinkPort, NetlinkSocket } from '@connman/ports';
import { addon } from '../addon';
import { EAGAIN, ENOBUFS, must } from '../calls';
import { Descriptor, READABLE } from '../descriptor';
import { AF_NETLINK, encodeNetlink, NETLINK_ADDRESS_BYTES, netlinkPortId } from '../sockaddr';

const SOCK_RAW = 3;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const MSG_TRUNC = 0x20;

/** The kernel fills a dump's datagram up to the largest buffer it saw, and never beyond 32 KiB. */
const BUFFER_BYTES = 32768;
/** Datagrams read in one go of the event loop, so that a storm of events leaves it to others too. */
const BURST = 1024;

export const netlinkPort: NetlinkPort = {
  open: (options) => new LinuxNetlinkSocket(options),
};

class LinuxNetlinkSocket implements NetlinkSocket {
  private readonly options: NetlinkOptions;
  private readonly object: string;
  private readonly descriptor: Descriptor;
  private readonly buffer = new Uint8Array(BUFFER_BYTES);
  private readonly sender = new Uint8Array(NETLINK_ADDRESS_BYTES);
  private readonly kernel = encodeNetlink();

  constructor(options: NetlinkOptions) {
    this.options = options;
    this.object = `netlink protocol ${options.protocol}`;
    this.descriptor = new Descriptor(this.prepare(options), READABLE, this.object, () => this.read(BURST));
  }

  private prepare(options: NetlinkOptions): number {
    const native = addon();
    const fd = must(native.socket(AF_NETLINK, SOCK_RAW, options.protocol), 'socket', this.object);
    try {
      if (options.receiveBufferBytes !== undefined) {
        // Beyond the system's limit when we may (CAP_NET_ADMIN), up to it when not.
        const forced = native.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, options.receiveBufferBytes);
        if (forced < 0) native.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, options.receiveBufferBytes);
      }
      // Helpful where the kernel has them, and not needed.
      native.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
      native.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
      if (options.strictDumps) native.setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
      must(native.bind(fd, encodeNetlink()), 'bind', this.object);
      for (const group of options.groups) {
        must(native.setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group), `joining group ${group}`, this.object);
      }
    } catch (error) {
      native.close(fd);
      throw error;
    }
    return fd;
  }

  send(datagram: Uint8Array): void {
    must(addon().sendto(this.descriptor.fd, datagram, 0, this.kernel), 'send', this.object);
  }

  drain(): void {
    this.read(Number.POSITIVE_INFINITY);
  }

  private read(limit: number): void {
    for (let count = 0; count < limit && this.descriptor.isOpen; count++) {
      if (!this.readOne()) break;
    }
    if (this.descriptor.isOpen) this.options.onIdle?.();
  }

  /** Whether there was anything. */
  private readOne(): boolean {
    const { descriptor, buffer, sender, options } = this;
    const length = addon().recvfrom(descriptor.fd, buffer, MSG_TRUNC, sender);
    if (length === -EAGAIN) return false;
    if (length === -ENOBUFS || length > buffer.length) {
      this.overrun();
      return true;
    }
    if (length < 0) {
      options.onError(new OsError('recv', -length, this.object));
      return false;
    }
    // Anyone may send to a netlink socket; the kernel alone has port id 0.
    if (netlinkPortId(sender) === 0) options.onDatagram(buffer.subarray(0, length));
    return true;
  }

  /**
   * After a loss the kernel drops everything until the queue has been emptied once, without telling again; so only a
   * dump made after that is sure to miss nothing.
   */
  private overrun(): void {
    const native = addon();
    let length = 0;
    while (length >= 0 || length === -ENOBUFS) {
      length = native.recvfrom(this.descriptor.fd, this.buffer, 0, this.sender);
    }
    this.options.onOverrun();
  }

  close(): void {
    this.descriptor.close();
  }
}
