/** Link-layer sockets: AF_PACKET without the link's own header, filtered in the kernel. */
import { OsError } from '@connman/base';
import type { MacAddress } from '@connman/inet';
import type { BpfInstruction, PacketOptions, PacketPort, PacketSocket } from '@connman/ports';
import { addon } from '../addon';
import { EAGAIN, must } from '../calls';
import { Descriptor, READABLE } from '../descriptor';
import {
  AF_PACKET,
  encodePacket,
  littleEndian,
  PACKET_ADDRESS_BYTES,
  packetIfindex,
  packetMac,
  packetType,
} from '../sockaddr';

const SOCK_DGRAM = 2;
const SOL_PACKET = 263;
const PACKET_AUXDATA = 8;
const PACKET_OTHERHOST = 3;
const TP_STATUS_CSUMNOTREADY = 8;
/** struct sock_filter. */
const INSTRUCTION_BYTES = 8;
/** The largest packet of any link. */
const BUFFER_BYTES = 65536;
/** Packets taken in one go, so that a flood leaves the event loop to others. */
const BURST = 64;

/** Packets are read one after the other and their bytes are valid during the call only: one buffer serves all sockets. */
let shared: Uint8Array | undefined;

export const packetPort: PacketPort = {
  open: (options) => new LinuxPacketSocket(options),
};

function encodeFilter(filter: readonly BpfInstruction[]): Uint8Array {
  const bytes = new Uint8Array(filter.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  filter.forEach(({ code, jt, jf, k }, i) => {
    view.setUint16(i * INSTRUCTION_BYTES, code, littleEndian);
    view.setUint8(i * INSTRUCTION_BYTES + 2, jt);
    view.setUint8(i * INSTRUCTION_BYTES + 3, jf);
    view.setUint32(i * INSTRUCTION_BYTES + 4, k, littleEndian);
  });
  return bytes;
}

class LinuxPacketSocket implements PacketSocket {
  private readonly options: PacketOptions;
  private readonly object: string;
  private readonly descriptor: Descriptor;
  private readonly source = new Uint8Array(PACKET_ADDRESS_BYTES);
  private readonly status = new Uint32Array(1);

  constructor(options: PacketOptions) {
    this.options = options;
    this.object = `packet socket of link ${options.ifindex}`;
    this.descriptor = new Descriptor(this.prepare(options), READABLE, this.object, () => this.receive());
  }

  private prepare({ ifindex, etherType, filter }: PacketOptions): number {
    const native = addon();
    // Protocol 0 hears nothing: no packet gets in before the filter stands.
    const fd = must(native.socket(AF_PACKET, SOCK_DGRAM, 0), 'socket', this.object);
    try {
      if (filter.length > 0) must(native.attachFilter(fd, encodeFilter(filter)), 'SO_ATTACH_FILTER', this.object);
      must(native.setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, 1), 'PACKET_AUXDATA', this.object);
      must(native.bind(fd, encodePacket(ifindex, etherType)), 'bind', this.object);
    } catch (error) {
      native.close(fd);
      throw error;
    }
    return fd;
  }

  private receive(): void {
    shared ??= new Uint8Array(BUFFER_BYTES);
    const { descriptor, source, status, options } = this;
    for (let i = 0; i < BURST && descriptor.isOpen; i++) {
      const length = addon().recvPacket(descriptor.fd, shared, source, status);
      if (length === -EAGAIN) return;
      if (length < 0) {
        options.onError(new OsError('recv', -length, this.object));
        return;
      }
      // A VLAN's packets are shown to its parent's sockets as well, and a card may hear what is for others.
      if (packetIfindex(source) !== options.ifindex || packetType(source) >= PACKET_OTHERHOST) continue;
      const checksumNotReady = ((status[0] as number) & TP_STATUS_CSUMNOTREADY) !== 0;
      options.onPacket(shared.subarray(0, length), { source: packetMac(source), checksumNotReady });
    }
  }

  send(payload: Uint8Array, destination: MacAddress): void {
    const { ifindex, etherType } = this.options;
    must(
      addon().sendto(this.descriptor.fd, payload, 0, encodePacket(ifindex, etherType, destination)),
      'send',
      this.object,
    );
  }

  close(): void {
    // The kernel keeps who closes a packet socket for 16 ms or more, until no CPU can be delivering to it.
    this.descriptor.closeAside();
  }
}
