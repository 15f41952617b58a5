/** UDP questions from a fresh port each, thousands at a time behind one watched descriptor. */
import type { ExchangeOptions, ExchangePeer, ExchangePort, ExchangeRoute, ExchangeSockets } from '@connman/ports';
import { addon } from './addon';
import { must } from './calls';
import { Descriptor, READABLE } from './descriptor';
import { encodeInet, INET_ADDRESS_BYTES } from './sockaddr';

const maxReady = 64;
const DEVICE_BYTES = 16;
const EBADF = 9;
/** Full turns in a row before the rest of the program gets its chance. */
const turnsPerCall = 8;
/** Sockets without a port that wait to be used again, for each route: under load, and when nothing is under way. */
const maxIdle = 128;
const restingIdle = 4;

export const exchangePort: ExchangePort = {
  openExchanges: (options) => new LinuxExchangeSockets(options),
};

class LinuxRoute implements ExchangeRoute {
  readonly packed: Uint8Array;
  readonly idle: number[] = [];
  /** A socket that was bound to an address keeps it, and with it a port: not to be used again. Nor are those of no route. */
  reusable: boolean;

  constructor(peer: ExchangePeer) {
    this.packed = new Uint8Array(2 * INET_ADDRESS_BYTES + DEVICE_BYTES);
    this.packed.set(encodeInet(peer.address, peer.port));
    this.reusable = peer.localAddress === undefined;
    if (peer.localAddress) this.packed.set(encodeInet(peer.localAddress, 0), INET_ADDRESS_BYTES);
    if (peer.interfaceName) {
      const device = new TextEncoder().encode(peer.interfaceName).subarray(0, DEVICE_BYTES - 1);
      this.packed.set(device, 2 * INET_ADDRESS_BYTES);
    }
  }
}

interface Exchange {
  readonly token: number;
  readonly route: LinuxRoute;
  readonly fd: number;
}

class LinuxExchangeSockets implements ExchangeSockets {
  private readonly options: ExchangeOptions;
  private readonly descriptor: Descriptor;
  private readonly bytes: Uint8Array;
  private readonly sockets = new Int32Array(maxReady);
  private readonly results = new Int32Array(maxReady);
  private readonly byToken = new Map<number, Exchange>();
  private readonly bySocket = new Map<number, Exchange>();
  private readonly routes = new Set<LinuxRoute>();
  /** Exchanges that ended while their answers were handled: closed afterwards, when whoever waits for an answer has it. */
  private readonly ended: Exchange[] = [];
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
      const { fd } = this.descriptor;
      const count = native.exchangeReceive(fd, this.bytes, slotBytes, this.sockets, this.results, wait);
      for (let i = 0; i < count; i++) {
        // An answer earlier in this batch may have ended the exchange.
        const exchange = this.bySocket.get(this.sockets[i] as number);
        if (!exchange) continue;
        const result = this.results[i] as number;
        onAnswer(exchange.token, this.bytes, i * slotBytes, Math.max(result, 0), Math.max(-result, 0));
      }
      if (count < maxReady) break;
    }
    this.options.onIdle();
    this.receiving = false;
    for (const exchange of this.ended) this.release(exchange);
    this.ended.length = 0;
  }

  route(peer: ExchangePeer): ExchangeRoute {
    return new LinuxRoute(peer);
  }

  send(token: number, route: ExchangeRoute, bytes: Uint8Array, length: number): number {
    if (!this.descriptor.isOpen || !(route instanceof LinuxRoute)) return EBADF;
    const fd = addon().exchangeSend(this.descriptor.fd, route.idle.pop() ?? -1, route.packed, bytes, length);
    if (fd < 0) return -fd;
    const exchange = { token, route, fd };
    this.byToken.set(token, exchange);
    this.bySocket.set(fd, exchange);
    return 0;
  }

  close(token: number): void {
    const exchange = this.byToken.get(token);
    if (!exchange) return;
    this.byToken.delete(token);
    this.bySocket.delete(exchange.fd);
    if (this.receiving) this.ended.push(exchange);
    else this.release(exchange);
  }

  private release({ route, fd }: Exchange): void {
    const native = addon();
    if (!route.reusable || route.idle.length >= maxIdle || native.exchangeRelease(fd) < 0) native.close(fd);
    else {
      route.idle.push(fd);
      this.routes.add(route);
    }
    if (this.byToken.size === 0) this.rest();
  }

  /** Nothing is under way: what only a crowd needs is given back, one at a time, for the crowd may come back at once. */
  private rest(): void {
    for (const route of this.routes) {
      if (route.idle.length > restingIdle) addon().close(route.idle.shift() as number);
    }
  }

  forget(route: ExchangeRoute): void {
    if (!(route instanceof LinuxRoute)) return;
    route.reusable = false;
    for (const fd of route.idle.splice(0)) addon().close(fd);
    this.routes.delete(route);
  }

  closeAll(): void {
    for (const { fd } of this.byToken.values()) addon().close(fd);
    for (const { fd } of this.ended) addon().close(fd);
    for (const route of this.routes) this.forget(route);
    this.byToken.clear();
    this.bySocket.clear();
    this.ended.length = 0;
    this.descriptor.close();
  }
}
