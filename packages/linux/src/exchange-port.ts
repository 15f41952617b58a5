/** UDP questions from a fresh socket each, thousands at a time behind one watched descriptor. */
import type { ExchangeOptions, ExchangePeer, ExchangePort, ExchangeRoute, ExchangeSockets } from '@connman/ports';
import { addon } from './addon';
import { must } from './calls';
import { Descriptor, READABLE } from './descriptor';
import { encodeInet, INET_ADDRESS_BYTES } from './sockaddr';

const maxReady = 64;
const DEVICE_BYTES = 16;
/** Full turns in a row before the rest of the program gets its chance. */
const turnsPerCall = 8;

export const exchangePort: ExchangePort = {
  openExchanges: (options) => new LinuxExchangeSockets(options),
};

class LinuxExchangeSockets implements ExchangeSockets {
  private readonly options: ExchangeOptions;
  private readonly descriptor: Descriptor;
  private readonly bytes: Uint8Array;
  private readonly tokens = new Int32Array(maxReady);
  private readonly results = new Int32Array(maxReady);
  private readonly descriptors = new Map<number, number>();
  /** Sockets that ended while their answers were handled: closed afterwards, when whoever waits for an answer has it. */
  private readonly ended: number[] = [];
  private receiving = false;

  constructor(options: ExchangeOptions) {
    this.options = options;
    this.bytes = new Uint8Array(maxReady * options.slotBytes);
    const set = must(addon().exchangeCreate(), 'epoll_create1', 'udp exchanges');
    this.descriptor = new Descriptor(set, READABLE, 'udp exchanges', () => this.receive(0));
  }

  poll(microseconds: number): void {
    if (!this.receiving) this.receive(microseconds);
  }

  private receive(patience: number): void {
    const native = addon();
    const { onAnswer, slotBytes } = this.options;
    this.receiving = true;
    for (let turn = 0; turn < turnsPerCall && this.descriptor.isOpen; turn++) {
      const wait = turn === 0 ? patience : 0;
      const count = native.exchangeReceive(this.descriptor.fd, this.bytes, slotBytes, this.tokens, this.results, wait);
      for (let i = 0; i < count; i++) {
        const token = this.tokens[i] as number;
        const result = this.results[i] as number;
        // An answer earlier in this batch may have ended the exchange.
        if (!this.descriptors.has(token)) continue;
        onAnswer(token, this.bytes, i * slotBytes, Math.max(result, 0), Math.max(-result, 0));
      }
      if (count < maxReady) break;
    }
    this.options.onIdle();
    this.receiving = false;
    for (const fd of this.ended) native.close(fd);
    this.ended.length = 0;
  }

  route(peer: ExchangePeer): ExchangeRoute {
    const packed = new Uint8Array(2 * INET_ADDRESS_BYTES + DEVICE_BYTES);
    packed.set(encodeInet(peer.address, peer.port));
    if (peer.localAddress) packed.set(encodeInet(peer.localAddress, 0), INET_ADDRESS_BYTES);
    if (peer.interfaceName) {
      const device = new TextEncoder().encode(peer.interfaceName).subarray(0, DEVICE_BYTES - 1);
      packed.set(device, 2 * INET_ADDRESS_BYTES);
    }
    return { packed };
  }

  send(token: number, route: ExchangeRoute, bytes: Uint8Array, length: number): number {
    if (!this.descriptor.isOpen) return EBADF;
    const fd = addon().exchangeSend(this.descriptor.fd, token, route.packed, bytes, length);
    if (fd < 0) return -fd;
    this.descriptors.set(token, fd);
    return 0;
  }

  close(token: number): void {
    const fd = this.descriptors.get(token);
    if (fd === undefined) return;
    this.descriptors.delete(token);
    if (this.receiving) this.ended.push(fd);
    else addon().close(fd);
  }

  closeAll(): void {
    for (const fd of this.descriptors.values()) addon().close(fd);
    this.descriptors.clear();
    this.descriptor.close();
  }
}

const EBADF = 9;
