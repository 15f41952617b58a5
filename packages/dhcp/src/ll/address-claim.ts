/** The shell of the conflict detection machine: one address on one link, an ARP socket that hears who else claims it. */
import { after, type Logger, OsError } from '@connman/base';
import { type Ipv4Address, type MacAddress, macBroadcast } from '@connman/inet';
import type { Clock, Entropy, PacketPort, PacketSocket } from '@connman/ports';
import { Alarm } from '../alarm';
import {
  type AcdEffect,
  type AcdEvent,
  type AcdState,
  acdStep,
  startAnnouncement,
  startDefence,
  startProbe,
} from './acd-machine';
import { arpAnnouncement, arpProbe, conflictFilter, decodeArp, encodeArp, etherTypeArp } from './arp';
import type { OwnLinks } from './own-links';

export interface ClaimPorts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly packets: PacketPort;
  readonly ownLinks: OwnLinks;
  readonly log: Logger;
}

export interface ClaimOptions {
  readonly ifindex: number;
  readonly interfaceName: string;
  readonly mac: MacAddress;
  /** After the announcements go on listening, and answer who claims the address (RFC 5227 section 2.4). */
  readonly defend: boolean;
  onClaimed(): void;
  /** `lost`: the address is not to be used (any longer); the claim is over. */
  onConflict(mac: MacAddress, lost: boolean): void;
}

/** Sockets run short for a moment, or the link is just going away; then the claim is ended soon. */
const socketRetryMs = 1000;

export class AddressClaim {
  private readonly ports: ClaimPorts;
  private readonly options: ClaimOptions;
  private readonly alarm: Alarm;
  private socket: PacketSocket | undefined;
  private state: AcdState | undefined;
  /** A claim that could not begin for want of a socket. */
  private waiting: AcdState | undefined;

  constructor(ports: ClaimPorts, options: ClaimOptions) {
    this.ports = ports;
    this.options = options;
    this.alarm = new Alarm(ports.clock, () => this.time());
  }

  /** What is claimed now, or as soon as there is a socket. */
  get address(): Ipv4Address | undefined {
    return (this.state ?? this.waiting)?.address;
  }

  /** Asks whether anybody has the address. Replaces an earlier claim. */
  probe(address: Ipv4Address): void {
    const { clock, entropy } = this.ports;
    this.begin(startProbe(address, this.options.mac, clock.now(), entropy.uint32()));
  }

  /** Says that the address, in use already, is ours. Replaces an earlier claim. */
  announce(address: Ipv4Address): void {
    this.begin(startAnnouncement(address, this.options.mac, this.ports.clock.now()));
  }

  /** Listens whether another host claims the address, which was announced before. Replaces an earlier claim. */
  defend(address: Ipv4Address): void {
    this.begin(startDefence(address, this.options.mac));
  }

  end(): void {
    this.state = undefined;
    this.waiting = undefined;
    this.alarm.clear();
    this.socket?.close();
    this.socket = undefined;
  }

  private begin(state: AcdState): void {
    const level = this.waiting === state ? 'debug' : 'info';
    this.end();
    const { ports, options } = this;
    try {
      this.socket = this.open(state.address);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      ports.log[level](`${options.interfaceName}: ARP: ${error.message}; trying again in ${socketRetryMs / 1000} s`);
      this.waiting = state;
      this.alarm.set(after(ports.clock.now(), socketRetryMs));
      return;
    }
    this.state = state;
    this.alarm.set(state.next);
  }

  /** Throws OsError. */
  private open(address: Ipv4Address): PacketSocket {
    const { ifindex, mac, interfaceName } = this.options;
    return this.ports.packets.open({
      ifindex,
      etherType: etherTypeArp,
      filter: conflictFilter(mac, address),
      onPacket: (bytes) => {
        const packet = decodeArp(bytes);
        if (!packet.ok || this.ports.ownLinks.has(packet.value.senderMac)) return;
        this.step({ kind: 'arp', now: this.ports.clock.now(), packet: packet.value });
      },
      onError: (error) => this.ports.log.debug(`${interfaceName}: ARP: ${error.message}`),
    });
  }

  private time(): void {
    const { clock, entropy } = this.ports;
    if (this.waiting) return this.begin(this.waiting);
    this.step({ kind: 'time', now: clock.now(), random: entropy.uint32() });
  }

  private step(event: AcdEvent): void {
    if (!this.state) return;
    const { state, effects } = acdStep(this.state, event);
    this.state = state;
    this.alarm.set(state.next);
    for (const effect of effects) this.carryOut(effect, state);
    if (this.state?.kind === 'defending' && !this.options.defend) this.end();
  }

  private carryOut(effect: AcdEffect, { address, mac }: AcdState): void {
    switch (effect.kind) {
      case 'send-probe':
        return this.send(arpProbe(mac, address));
      case 'send-announcement':
        return this.send(arpAnnouncement(mac, address));
      case 'claimed':
        return this.options.onClaimed();
      case 'conflict':
        if (effect.lost) this.end();
        return this.options.onConflict(effect.mac, effect.lost);
    }
  }

  private send(packet: Parameters<typeof encodeArp>[0]): void {
    try {
      this.socket?.send(encodeArp(packet), macBroadcast);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.ports.log.debug(`${this.options.interfaceName}: ARP: ${error.message}`);
    }
  }
}
