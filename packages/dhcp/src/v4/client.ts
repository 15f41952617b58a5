/** The shell of the DHCPv4 client machine: one link, its sockets and timers, and what is told of it. */
import { after, formatDecodeError, type Instant, type Logger, OsError } from '@connman/base';
import type { Dhcp4Event, Dhcp4Request } from '@connman/contracts';
import type { Ipv4Address, MacAddress } from '@connman/inet';
import type {
  Clock,
  DatagramPort,
  DatagramSocket,
  Entropy,
  PacketInfo,
  PacketPort,
  PacketSocket,
} from '@connman/ports';
import { Alarm } from '../alarm';
import { Complaints } from '../complaints';
import { AddressClaim } from '../ll/address-claim';
import { LinkLocal } from '../ll/link-local';
import type { OwnLinks } from '../ll/own-links';
import type { Untimed } from '../untimed';
import { clientStep, deadlineOf, heldBy, stopped } from './client-machine';
import type { ClientEffect, ClientEvent, ClientState, Outgoing } from './client-state';
import { clientFilter } from './filter';
import { decodeMessage } from './message';
import { readReply } from './reply';
import { encodeOutgoing } from './request';
import { clientPort, decodeUdp, etherTypeIpv4 } from './udp';

export interface ClientPorts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly packets: PacketPort;
  readonly datagrams: DatagramPort;
  readonly ownLinks: OwnLinks;
  readonly log: Logger;
}

export class Dhcp4Client {
  private readonly ports: ClientPorts;
  private readonly request: Dhcp4Request;
  private readonly tell: (event: Dhcp4Event) => void;
  private readonly alarm: Alarm;
  private readonly claim: AddressClaim;
  private readonly linkLocal: LinkLocal;
  private state: ClientState = stopped;
  private socket: PacketSocket | undefined;
  private placeholder: DatagramSocket | undefined;
  private readonly complaints = new Complaints();
  private ended = false;

  constructor(ports: ClientPorts, request: Dhcp4Request, tell: (event: Dhcp4Event) => void) {
    this.ports = ports;
    this.request = request;
    this.tell = tell;
    this.alarm = new Alarm(ports.clock, () => this.step({ kind: 'time' }));
    const { ifindex, interfaceName, mac, conflictDetection } = request;
    this.claim = new AddressClaim(ports, {
      ifindex,
      interfaceName,
      mac,
      defend: conflictDetection,
      onClaimed: () => this.step({ kind: 'probed' }),
      onConflict: (rival, lost) => this.conflict(rival, lost),
    });
    this.linkLocal = new LinkLocal(ports, {
      ifindex,
      interfaceName,
      mac,
      onAddress: (linkLocal) => this.tell({ kind: 'silent', family: 4, ifindex, linkLocal }),
      onLost: (address, rival) => {
        this.tell({ kind: 'conflict', family: 4, ifindex, address, mac: rival });
        this.tell({ kind: 'lost', family: 4, ifindex, reason: 'conflict', address });
      },
    });
  }

  /** The first message leaves before this returns. */
  start(): void {
    const { ifindex, mac, interfaceName, lastAddress, held, conflictDetection } = this.request;
    try {
      this.socket = this.ports.packets.open({
        ifindex,
        etherType: etherTypeIpv4,
        filter: clientFilter(mac),
        onPacket: (bytes, info) => this.receive(bytes, info),
        onError: (error) => this.log('debug', `packet socket: ${error.message}`),
      });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.tell({
        kind: 'failed',
        family: 4,
        ifindex,
        reason: `no packet socket on ${interfaceName}: ${error.message}`,
      });
      return;
    }
    const since = held && after(this.ports.clock.now(), -held.ageSeconds * 1000);
    this.step({ kind: 'start', lastAddress, held: held && since && { lease: held.lease, since }, conflictDetection });
    this.placeholder = this.holdPort();
  }

  renew(): void {
    this.step({ kind: 'renew' });
  }

  stop(release: boolean): void {
    this.step({ kind: 'stop', release });
    this.ended = true;
    this.alarm.clear();
    this.claim.end();
    this.linkLocal.stop();
    this.socket?.close();
    this.socket = undefined;
    this.placeholder?.close();
    this.placeholder = undefined;
  }

  private step(event: Untimed<ClientEvent>): void {
    const { clock, entropy } = this.ports;
    const moment = { now: clock.now(), random: entropy.uint32() };
    const { state, effects } = clientStep(this.state, { ...event, ...moment } as ClientEvent);
    this.state = state;
    this.alarm.set(deadlineOf(state));
    for (const effect of effects) {
      this.carryOut(effect);
      // The listener may have ended the client.
      if (this.ended) return;
    }
  }

  private carryOut(effect: ClientEffect): void {
    const { ifindex } = this.request;
    switch (effect.kind) {
      case 'send':
        return this.send(effect.message);
      case 'bound':
        this.tell({
          kind: 'bound',
          family: 4,
          ifindex,
          lease: effect.lease,
          ageSeconds: this.secondsSince(effect.since),
        });
        // First the address is on the link, then it is announced there.
        this.ports.clock.setTimer(0, () => {
          const isHeld = !this.ended && heldBy(this.state)?.lease.address === effect.lease.address;
          if (isHeld) this.claimUse(effect.lease.address, effect.fresh);
        });
        return;
      case 'lost':
        return this.tell({ kind: 'lost', family: 4, ifindex, reason: effect.reason, address: effect.address });
      case 'probe':
        return this.claim.probe(effect.address);
      case 'unprobe':
        return this.claim.end();
      case 'link-local':
        return effect.wanted ? this.linkLocal.start() : this.linkLocal.stop();
      case 'log':
        return this.log(effect.level, effect.text);
    }
  }

  /** A probed address is announced and defended already. One from before the start is known to its network. */
  private claimUse(address: Ipv4Address, isFresh: boolean): void {
    if (this.claim.address === address) return;
    if (isFresh) this.claim.announce(address);
    else if (this.request.conflictDetection) this.claim.defend(address);
  }

  private secondsSince(since: Instant): number {
    return Math.max(0, Math.floor((this.ports.clock.now() - since) / 1000));
  }

  private send(message: Outgoing): void {
    const { packet, destination } = encodeOutgoing(message, this.request);
    try {
      this.socket?.send(packet, destination);
      this.log('debug', `${message.type} sent`);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      // A link that is going down refuses; the retransmission comes by itself.
      this.log('debug', `${message.type} not sent: ${error.message}`);
    }
  }

  private receive(bytes: Uint8Array, info: PacketInfo): void {
    const datagram = decodeUdp(bytes, info.checksumNotReady);
    if (!datagram.ok)
      return this.complain('info', `a packet for the DHCP port is dropped: ${formatDecodeError(datagram.error)}`);
    const message = decodeMessage(datagram.value.payload);
    const source = datagram.value.source.address;
    if (!message.ok)
      return this.complain('info', `a message from ${source} is dropped: ${formatDecodeError(message.error)}`);
    if (message.value.chaddr !== this.request.mac) return;
    const reply = readReply(message.value, info.source);
    if (!reply.ok) return this.complain('warning', `a message from ${source} is of no use: it ${reply.error}`);
    for (const note of reply.value.notes) this.complain('warning', `${source}: ${note}`);
    this.step({ kind: 'reply', reply: reply.value.reply });
  }

  private conflict(mac: MacAddress, lost: boolean): void {
    const address = this.state.kind === 'probing' ? this.state.next.lease.address : heldBy(this.state)?.lease.address;
    const { ifindex } = this.request;
    if (address && this.request.conflictDetection) this.tell({ kind: 'conflict', family: 4, ifindex, address, mac });
    if (lost && this.request.conflictDetection) this.step({ kind: 'conflict', mac });
  }

  /**
   * Servers answer a renewal to port 68 of our address. What is heard comes by the packet socket; this one keeps the kernel
   * from answering them that no one listens there.
   */
  private holdPort(): DatagramSocket | undefined {
    try {
      return this.ports.datagrams.open({
        family: 4,
        localPort: clientPort,
        interfaceName: this.request.interfaceName,
        reuseAddress: true,
        onDatagram: () => {},
        onError: () => {},
      });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.log('info', `port ${clientPort} is not ours: ${error.message}; is there another DHCP client on this link?`);
      return undefined;
    }
  }

  /** What a peer did wrong is said once: it can do wrong faster than anybody reads of it. */
  private complain(level: 'warning' | 'info', text: string): void {
    if (this.complaints.allows(text, this.ports.clock.now())) this.log(level, text);
  }

  private log(level: 'warning' | 'info' | 'debug', text: string): void {
    this.ports.log[level](`${this.request.interfaceName}: DHCP: ${text}`);
  }
}
