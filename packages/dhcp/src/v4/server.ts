/** The shell of the DHCPv4 server machine: one link of ours, its sockets, its leases on disk, and who is served. */
import { formatDecodeError, type Instant, instant, type Logger, OsError } from '@connman/base';
import type { DhcpServerComponent, DhcpServerEvent, DhcpServerRequest } from '@connman/contracts';
import type { Clock, DatagramPort, DatagramSocket, Files, PacketInfo, PacketPort, PacketSocket } from '@connman/ports';
import { Alarm } from '../alarm';
import { Complaints } from '../complaints';
import type { Untimed } from '../untimed';
import { AddressProbe } from './address-probe';
import { serverFilter } from './filter';
import { LeaseBook } from './lease-book';
import { decodeMessage, encodeMessage } from './message';
import { type Binding, poolOf } from './pool';
import {
  type ServerEffect,
  type ServerEvent,
  type ServerSettings,
  type ServerState,
  serverStep,
} from './server-machine';
import { clientPort, decodeUdp, encodeUdp, etherTypeIpv4, serverPort } from './udp';

export interface ServerPorts {
  readonly clock: Clock;
  readonly packets: PacketPort;
  readonly datagrams: DatagramPort;
  readonly files: Files;
  readonly log: Logger;
  /** The file of the leases of a link. */
  readonly leaseFile: (interfaceName: string) => string;
  readonly onEvent: (event: DhcpServerEvent) => void;
}

/** Clients that come within this time are reported together. */
const gatherMs = 50;

export function createDhcpServers(ports: ServerPorts): DhcpServerComponent {
  const servers = new Map<number, Dhcp4Server>();
  const stop = (ifindex: number) => {
    servers.get(ifindex)?.stop();
    servers.delete(ifindex);
  };
  return {
    start: (request) => {
      if (servers.get(request.ifindex)?.change(request)) return;
      stop(request.ifindex);
      const server = new Dhcp4Server(ports, request);
      servers.set(request.ifindex, server);
      server.start();
    },
    stop,
  };
}

class Dhcp4Server {
  private readonly ports: ServerPorts;
  private request: DhcpServerRequest;
  private readonly probe: AddressProbe;
  private readonly book: LeaseBook;
  private readonly expiry: Alarm;
  private readonly complaints = new Complaints();
  private state: ServerState;
  private socket: PacketSocket | undefined;
  private placeholder: DatagramSocket | undefined;
  private told = '';
  private cancelNews: (() => void) | undefined;
  private hasMoreNews = false;

  constructor(ports: ServerPorts, request: DhcpServerRequest) {
    this.ports = ports;
    this.request = request;
    const { leaseSeconds, first, last } = request;
    this.probe = new AddressProbe(ports, request);
    this.book = new LeaseBook(ports, ports.leaseFile(request.interfaceName));
    this.expiry = new Alarm(ports.clock, () => this.tellClients());
    this.state = {
      settings: settingsOf(request),
      pool: poolOf(first, last, this.book.read(leaseSeconds)),
      ...{ probing: new Map(), unused: new Map(), promised: new Map() },
    };
  }

  /** Whether it serves the same network, of which it says something else from now on. */
  change(request: DhcpServerRequest): boolean {
    if (networkOf(request) !== networkOf(this.request)) return false;
    this.request = request;
    this.state = { ...this.state, settings: settingsOf(request) };
    this.told = '';
    this.tellClients();
    return true;
  }

  start(): void {
    const { ifindex, interfaceName } = this.request;
    try {
      this.placeholder = this.holdPort();
      this.socket = this.ports.packets.open({
        ifindex,
        etherType: etherTypeIpv4,
        filter: serverFilter,
        onPacket: (bytes, info) => this.receive(bytes, info),
        onError: (error) => this.log('debug', `packet socket: ${error.message}`),
      });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.stop();
      const reason = `no DHCP server on ${interfaceName}: ${error.message}`;
      return this.ports.onEvent({ kind: 'failed', ifindex, reason });
    }
    this.tellClients();
    this.step({ kind: 'begun' });
  }

  stop(): void {
    this.socket?.close();
    this.socket = undefined;
    this.placeholder?.close();
    this.probe.close();
    this.expiry.clear();
    this.cancelNews?.();
    this.book.flush();
  }

  /**
   * Clients renew by unicast. What they send comes by the packet socket; this one keeps the kernel from answering that the port is
   * closed, and says so if another server has it.
   */
  private holdPort(): DatagramSocket {
    const { interfaceName } = this.request;
    return this.ports.datagrams.open({
      ...{ family: 4, localPort: serverPort, interfaceName, onDatagram: () => {}, onError: () => {} },
    });
  }

  private step(event: Untimed<ServerEvent>): void {
    // Stopped: what a probe found out is of no use.
    if (!this.socket) return;
    const { state, effects } = serverStep(this.state, { ...event, now: this.ports.clock.now() } as ServerEvent);
    this.state = state;
    for (const effect of effects) this.carryOut(effect);
  }

  private carryOut(effect: ServerEffect): void {
    switch (effect.kind) {
      case 'send':
        return this.send(effect);
      case 'probe':
        return this.ask(effect);
      case 'binding':
        this.book.keep(() => this.state.pool.byAddress.values());
        return this.clientsChanged();
      case 'log':
        return this.log(effect.level, effect.text);
    }
  }

  private send({ message, to }: ServerEffect & { kind: 'send' }): void {
    const payload = encodeMessage(message);
    if (!payload) return this.log('warning', `an answer for ${message.chaddr} does not fit into a message`);
    const source = { address: this.request.address, port: serverPort };
    const packet = encodeUdp({ source, destination: { address: to.address, port: clientPort }, payload });
    try {
      this.socket?.send(packet, to.mac);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      // The client asks again.
      this.log('debug', `not sent: ${error.message}`);
    }
  }

  private ask({ addresses }: ServerEffect & { kind: 'probe' }): void {
    try {
      this.probe.ask(addresses, (ones, holder) =>
        this.step({ kind: 'probed', addresses: ones, ...(holder !== undefined && { holder }) }),
      );
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.log('warning', `addresses are leased unprobed: ${error.message}`);
      this.step({ kind: 'probed', addresses });
    }
  }

  private receive(bytes: Uint8Array, info: PacketInfo): void {
    const datagram = decodeUdp(bytes, info.checksumNotReady);
    if (!datagram.ok) return this.log('info', `a packet is dropped: ${formatDecodeError(datagram.error)}`);
    const message = decodeMessage(datagram.value.payload);
    if (!message.ok)
      return this.log('info', `a message from ${info.source} is dropped: ${formatDecodeError(message.error)}`);
    this.step({ kind: 'message', message: message.value });
  }

  /** The first one is reported at once. */
  private clientsChanged(): void {
    if (this.cancelNews) {
      this.hasMoreNews = true;
      return;
    }
    this.tellClients();
    this.cancelNews = this.ports.clock.setTimer(gatherMs, () => {
      this.cancelNews = undefined;
      if (this.hasMoreNews) this.clientsChanged();
    });
  }

  private tellClients(): void {
    this.hasMoreNews = false;
    const now = this.ports.clock.now();
    const current = [...this.state.pool.byAddress.values()].filter(({ until }) => until > now);
    this.expiry.set(soonest(current));
    const clients = current.map(({ mac, address, hostname }) => ({ mac, address, hostname }));
    const text = JSON.stringify(clients);
    if (text === this.told) return;
    this.told = text;
    this.ports.onEvent({ kind: 'clients', ifindex: this.request.ifindex, clients });
  }

  /** Clients can give cause for a line faster than anyone reads. */
  private log(level: 'warning' | 'info' | 'debug', text: string): void {
    if (level !== 'debug' && !this.complaints.allows(text, this.ports.clock.now())) return;
    this.ports.log[level](`${this.request.interfaceName}: DHCP server: ${text}`);
  }
}

function settingsOf(request: DhcpServerRequest): ServerSettings {
  const { address, prefixLength, leaseSeconds, nameservers, mtu, captivePortal } = request;
  const portal = captivePortal !== undefined && { captivePortal };
  return { address, prefixLength, leaseSeconds, nameservers, domain: '', mtu, ...portal };
}

function networkOf({ nameservers: _, mtu: __, captivePortal: ___, ...network }: DhcpServerRequest): string {
  return JSON.stringify(network);
}

function soonest(bindings: readonly Binding[]): Instant {
  return bindings.reduce((first, { until }) => (until < first ? until : first), instant(Number.POSITIVE_INFINITY));
}
