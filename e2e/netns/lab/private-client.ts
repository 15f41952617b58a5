// A client of the bus with private networks: it sends and receives IP packets by their descriptors.
import { close, read, write } from 'node:fs';
import { promisify } from 'node:util';
import { connmanBusName, managerInterface } from '@connman/contracts';
import { Bus, type BusOptions } from '@connman/dbus';
import { BUS_SOCKET } from './bus';
import type { Lab } from './lab';

const PACKET_BYTES = 65_536;
const UDP = 17;

export class PrivateClient {
  readonly #bus: Bus;

  private constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** `stream`: of the kind that passes descriptors. */
  static async connect(lab: Lab, stream: BusOptions['stream']): Promise<PrivateClient> {
    const address = `unix:path=${lab.machine.path(BUS_SOCKET)}`;
    return new PrivateClient(await Bus.connect({ stream, address }));
  }

  async request(): Promise<PrivateLink> {
    const [path, settings, fd] = await this.#manager.call('RequestPrivateNetwork', []);
    return new PrivateLink(path, new Map([...settings].map(([key, value]) => [key, value.as('s') ?? ''])), fd);
  }

  async release(path: string): Promise<void> {
    await this.#manager.call('ReleasePrivateNetwork', [path]);
  }

  /** Leaves the bus. */
  leave(): void {
    this.#bus.close();
  }

  get #manager() {
    return this.#bus.object(managerInterface, { name: connmanBusName, path: '/' });
  }
}

class PrivateLink {
  readonly path: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly #fd: number;

  constructor(path: string, settings: ReadonlyMap<string, string>, fd: number) {
    this.path = path;
    this.settings = settings;
    this.#fd = fd;
  }

  get interfaceName(): string {
    return this.path.split('/').at(-1) ?? '';
  }

  /** Sends a datagram from the client's end and waits for the answer. @returns its payload. */
  async exchange(server: string, port: number, payload: Buffer): Promise<Buffer> {
    const source = this.settings.get('PeerIPv4') ?? '';
    await promisify(write)(this.#fd, udpPacket({ address: source, port: 40_000 }, { address: server, port }, payload));
    const buffer = Buffer.alloc(PACKET_BYTES);
    for (;;) {
      const { bytesRead } = await promisify(read)(this.#fd, buffer, 0, PACKET_BYTES, null);
      const packet = buffer.subarray(0, bytesRead);
      if (packet[0] === 0x45 && packet[9] === UDP && packet.readUInt16BE(20) === port) return packet.subarray(28);
    }
  }

  async close(): Promise<void> {
    await promisify(close)(this.#fd);
  }
}

interface End {
  readonly address: string;
  readonly port: number;
}

/** IPv4 and UDP; the checksum of UDP is left out, as RFC 768 allows. */
function udpPacket(from: End, to: End, payload: Buffer): Buffer {
  const packet = Buffer.alloc(28 + payload.length);
  packet.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, UDP]);
  packet.writeUInt16BE(packet.length, 2);
  packet.set(from.address.split('.').map(Number), 12);
  packet.set(to.address.split('.').map(Number), 16);
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += packet.readUInt16BE(i);
  sum = (sum & 0xffff) + (sum >>> 16);
  packet.writeUInt16BE(~(sum + (sum >>> 16)) & 0xffff, 10);
  packet.writeUInt16BE(from.port, 20);
  packet.writeUInt16BE(to.port, 22);
  packet.writeUInt16BE(8 + payload.length, 24);
  payload.copy(packet, 28);
  return packet;
}
