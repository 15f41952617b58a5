/** UDP questions from fresh ports, thousands under way behind one watched descriptor. */
import { encodeKernelName } from '@connman/base';
import type {
  Exchange,
  ExchangeOptions,
  ExchangePeer,
  ExchangePort,
  ExchangeRoute,
  ExchangeSockets,
} from '@connman/ports';
import { addon } from '../addon';
import { must } from '../calls';
import { Descriptor, READABLE } from '../descriptor';
import { encodeInet, INET_ADDRESS_BYTES } from '../sockaddr';

const maxReady = 64;
/** As many questions of one turn have a port each. When there are more, so many share one. */
const maxAlone = 8;
const maxTogether = 16;
const maxQuestionBytes = 512;
const DEVICE_BYTES = 16;
const EINTR = 4;
const EBADF = 9;
const EAGAIN = 11;
/** Full turns in a row before the rest of the program gets its chance. */
const turnsPerCall = 8;
/** Sockets that wait to be used again, for each route. */
const maxIdle = 16;
/** A fresh port that has waited for longer is not used: there was time to look for it. */
const maxReadyMs = 100;
const nothing = new Uint8Array(0);

export const exchangePort: ExchangePort = {
  openExchanges: (options) => new LinuxExchangeSockets(options),
};

class LinuxRoute implements ExchangeRoute {
  readonly peer: ExchangePeer;
  readonly packed: Uint8Array;
  /** Sockets that still have the port of their last burst. */
  readonly idle: number[] = [];
  /** A socket with a fresh port, and since when it has it. */
  ready = -1;
  readyAt = 0;
  /** To be sent with the next flush. */
  readonly queue: Exchange[] = [];
  /** A socket that was bound to an address keeps it, and with it a port: not to be used again. Nor are those of no route. */
  reusable: boolean;

  constructor(peer: ExchangePeer) {
    this.peer = peer;
    this.packed = new Uint8Array(2 * INET_ADDRESS_BYTES + DEVICE_BYTES);
    this.packed.set(encodeInet(peer.address, peer.port));
    this.reusable = peer.localAddress === undefined;
    if (peer.localAddress) this.packed.set(encodeInet(peer.localAddress, 0), INET_ADDRESS_BYTES);
    if (peer.interfaceName) {
      const device = encodeKernelName(peer.interfaceName).subarray(0, DEVICE_BYTES - 1);
      this.packed.set(device, 2 * INET_ADDRESS_BYTES);
    }
  }
}

/** Questions that left together, from one port. */
interface Burst {
  readonly route: LinuxRoute;
  readonly fd: number;
  /** Those not closed yet. */
  readonly open: Exchange[];
  /** Answers that still have to come before the socket owes nothing and may be used again; NaN after anything unexpected. */
  owed: number;
}

class LinuxExchangeSockets implements ExchangeSockets {
  private readonly options: ExchangeOptions;
  private readonly descriptor: Descriptor;
  private readonly bytes: Uint8Array;
  /** The first slot of them. */
  private readonly slot: Uint8Array;
  private readonly sockets = new Int32Array(maxReady);
  private readonly results = new Int32Array(maxReady);
  private readonly outgoing = new Uint8Array(maxTogether * maxQuestionBytes);
  private readonly lengths = new Int32Array(maxTogether);
  private readonly queued: LinuxRoute[] = [];
  private readonly byExchange = new Map<Exchange, Burst>();
  private readonly bySocket = new Map<number, Burst>();
  private readonly routes = new Set<LinuxRoute>();
  private delivering = false;

  constructor(options: ExchangeOptions) {
    this.options = options;
    this.bytes = new Uint8Array(maxReady * options.slotBytes);
    this.slot = this.bytes.subarray(0, options.slotBytes);
    const set = must(addon().exchangeCreate(), 'epoll_create1', 'udp exchanges');
    this.descriptor = new Descriptor(set, READABLE, 'udp exchanges', () => this.receive());
  }

  poll(microseconds: number): void {
    const [route] = this.queued;
    const lone = this.queued.length === 1 && route?.queue.length === 1 ? route.queue[0] : undefined;
    this.flush();
    const burst = lone && this.byExchange.get(lone);
    if (!burst || burst.fd < 0) return;
    // While the peer thinks, what the next question will need is made ready.
    if (burst.route.ready < 0) this.prepare(burst.route);
    const result = addon().exchangePoll(burst.fd, this.slot, microseconds);
    this.sockets[0] = burst.fd;
    this.results[0] = result;
    this.deliverAll(result === -EAGAIN || result === -EINTR ? 0 : 1);
  }

  private receive(): void {
    const { bytes, sockets, results, descriptor } = this;
    const native = addon();
    for (let turn = 0; turn < turnsPerCall && descriptor.isOpen; turn++) {
      const count = native.exchangeReceive(descriptor.fd, bytes, this.options.slotBytes, sockets, results);
      this.deliverAll(count);
      if (count < maxReady) break;
    }
  }

  private deliverAll(count: number): void {
    const { slotBytes } = this.options;
    this.delivering = true;
    try {
      for (let i = 0; i < count; i++) {
        // An answer before this one may have ended the burst; what came too late for it is no one's.
        const burst = this.bySocket.get(this.sockets[i] as number);
        if (burst) this.deliver(burst, i * slotBytes, this.results[i] as number);
      }
      this.options.onIdle();
    } finally {
      this.delivering = false;
    }
  }

  /** `result`: octets of the datagram at `offset`, or minus the errno, which the kernel does not say of which question. */
  private deliver(burst: Burst, offset: number, result: number): void {
    const { bytes } = this;
    const { open } = burst;
    if (result < 0) {
      burst.owed = Number.NaN;
      // A callback may close others.
      for (const exchange of [...open]) if (open.includes(exchange)) exchange.onAnswer(bytes, offset, 0, -result);
      return;
    }
    burst.owed--;
    let isTold = false;
    // From the end, for a callback may close its own.
    for (let i = open.length - 1; i >= 0; i--) {
      const exchange = open[i];
      if (!exchange || result < 2) continue;
      const { question } = exchange;
      if (question[0] !== bytes[offset] || question[1] !== bytes[offset + 1]) continue;
      isTold = true;
      exchange.onAnswer(bytes, offset, result, 0);
    }
    // An id that no one has: told to one all the same, who will find that it is no answer. A forger may be guessing.
    if (!isTold) open[0]?.onAnswer(bytes, offset, result, 0);
  }

  route(peer: ExchangePeer): ExchangeRoute {
    return new LinuxRoute(peer);
  }

  send(route: ExchangeRoute, exchange: Exchange): void {
    if (!(route instanceof LinuxRoute)) throw new TypeError('a route of other sockets');
    if (exchange.question.length > maxQuestionBytes) throw new RangeError('a question of more than 512 octets');
    if (route.queue.length === 0 && this.queued.push(route) === 1) queueMicrotask(() => this.flush());
    route.queue.push(exchange);
  }

  flush(): void {
    const { queued } = this;
    // The number of a socket closed meanwhile would come back, with what came for the old one still to be told. The flush at
    // the end of the turn sends what waits.
    if (this.delivering) return;
    for (let route = queued.at(-1); route; route = queued.at(-1)) {
      const { queue } = route;
      const together = queue.length > maxAlone ? maxTogether : 1;
      while (queued.at(-1) === route) {
        const open = queue.splice(0, together);
        // Not before: what waits can be closed by the callback of another that could not be sent.
        if (queue.length === 0) queued.pop();
        if (open.length > 0) this.sendTogether(route, open);
      }
    }
  }

  private sendTogether(route: LinuxRoute, open: Exchange[]): void {
    const { ready } = route;
    let fd = this.takeSocket(route);
    let unsent = this.write(fd, open, fd === ready ? 1 : 0);
    if (unsent === open.length && fd === ready) {
      // The link may have lost the address since the port was made ready.
      addon().close(fd);
      fd = this.takeSocket(route);
      unsent = this.write(fd, open, 0);
    }
    const burst: Burst = { route, fd, open, owed: open.length };
    for (const exchange of open) this.byExchange.set(exchange, burst);
    if (fd >= 0) this.bySocket.set(fd, burst);
    if (fd < 0 || unsent > 0) this.tellUnsent(burst);
  }

  /** Sends the questions; how many of them could not be, which `lengths` has as minus the errno. */
  private write(fd: number, open: readonly Exchange[], waited: 0 | 1): number {
    const { outgoing, lengths } = this;
    if (fd < 0) return 0;
    let end = 0;
    for (let i = 0; i < open.length; i++) {
      const { question } = open[i] as Exchange;
      outgoing.set(question, end);
      lengths[i] = question.length;
      end += question.length;
    }
    return addon().exchangeSend(fd, outgoing, lengths, open.length, waited);
  }

  /** A socket with a fresh port, or minus the errno. */
  private takeSocket(route: LinuxRoute): number {
    const { ready } = route;
    route.ready = -1;
    if (ready >= 0 && performance.now() - route.readyAt <= maxReadyMs) return ready;
    if (ready >= 0) route.idle.push(ready);
    if (!this.descriptor.isOpen) return -EBADF;
    return addon().exchangeConnect(this.descriptor.fd, route.idle.pop() ?? -1, route.packed);
  }

  private prepare(route: LinuxRoute): void {
    if (!route.reusable) return;
    const fd = addon().exchangeConnect(this.descriptor.fd, route.idle.pop() ?? -1, route.packed);
    // What is wrong will be wrong with the next question, too, which has a callback to report it to.
    if (fd < 0) return;
    this.routes.add(route);
    route.ready = fd;
    route.readyAt = performance.now();
  }

  private tellUnsent(burst: Burst): void {
    const { fd, open } = burst;
    const results = fd < 0 ? open.map(() => fd) : [...this.lengths];
    burst.owed = Number.NaN;
    [...open].forEach((exchange, i) => {
      const result = results[i] as number;
      // A callback may close others.
      if (result < 0 && open.includes(exchange)) exchange.onAnswer(nothing, 0, 0, -result);
    });
  }

  close(exchange: Exchange): void {
    const burst = this.byExchange.get(exchange);
    if (!burst) {
      for (const { queue } of this.queued) if (queue.includes(exchange)) queue.splice(queue.indexOf(exchange), 1);
      return;
    }
    this.byExchange.delete(exchange);
    const { open, fd } = burst;
    open.splice(open.indexOf(exchange), 1);
    if (open.length > 0 || fd < 0) return;
    this.bySocket.delete(fd);
    this.release(burst);
  }

  /** Used again is only a socket that got what it was to get: with an error or an answer to come it could mislead the next. */
  private release({ route, fd, owed }: Burst): void {
    if (!route.reusable || owed !== 0 || route.idle.length >= maxIdle) addon().close(fd);
    else {
      route.idle.push(fd);
      this.routes.add(route);
    }
  }

  forget(route: ExchangeRoute): void {
    if (!(route instanceof LinuxRoute)) return;
    route.reusable = false;
    for (const fd of route.idle.splice(0)) addon().close(fd);
    if (route.ready >= 0) addon().close(route.ready);
    route.ready = -1;
    this.routes.delete(route);
  }

  closeAll(): void {
    for (const fd of this.bySocket.keys()) addon().close(fd);
    // A callback of a burst may have called.
    for (const { open } of this.byExchange.values()) open.length = 0;
    for (const route of this.routes) this.forget(route);
    for (const { queue } of this.queued.splice(0)) queue.length = 0;
    this.byExchange.clear();
    this.bySocket.clear();
    this.descriptor.close();
  }
}
