/** "Does any host have these addresses?", asked by ARP on a link of ours before they are leased (RFC 2131 section 2.2). */
import type { Ipv4Address, MacAddress } from '@connman/inet';
import { macBroadcast } from '@connman/inet';
import type { Clock, PacketPort, PacketSocket } from '@connman/ports';
import { arpProbe, decodeArp, encodeArp, etherTypeArp, replyFilter } from '../ll/arp';

export interface ProbePorts {
  readonly clock: Clock;
  readonly packets: PacketPort;
}

/** A radio that sleeps between beacons answers within this time. */
const waitMs = 500;
/** The first question may be lost. */
const askAgainMs = 200;
/** A whole network is asked for in slices, which the queues of a slow link can take. */
const sliceLength = 32;
const sliceMs = 10;

/** A host that has one of the addresses; or those that no host has. */
export type OnProbed = (addresses: readonly Ipv4Address[], holder: MacAddress | undefined) => void;

interface Question {
  readonly open: Set<Ipv4Address>;
  readonly onProbed: OnProbed;
  readonly timers: Set<() => void>;
}

export class AddressProbe {
  private readonly ports: ProbePorts;
  private readonly ifindex: number;
  private readonly mac: MacAddress;
  private readonly questions = new Set<Question>();
  private socket: PacketSocket | undefined;

  constructor(ports: ProbePorts, link: { readonly ifindex: number; readonly mac: MacAddress }) {
    this.ports = ports;
    this.ifindex = link.ifindex;
    this.mac = link.mac;
  }

  /** Throws OsError when it cannot be asked. */
  ask(addresses: readonly Ipv4Address[], onProbed: OnProbed): void {
    const { packets } = this.ports;
    this.socket ??= packets.open({
      ifindex: this.ifindex,
      etherType: etherTypeArp,
      filter: replyFilter,
      onPacket: (bytes) => this.receive(bytes),
      // A link that goes down; the answer is that there was none.
      onError: () => {},
    });
    const question: Question = { open: new Set(addresses), onProbed, timers: new Set() };
    for (const address of addresses.slice(0, sliceLength)) this.send(address);
    this.questions.add(question);
    const slices = Math.ceil(addresses.length / sliceLength);
    for (let slice = 0; slice < slices; slice++) {
      const part = addresses.slice(slice * sliceLength, (slice + 1) * sliceLength);
      if (slice > 0) this.after(slice * sliceMs, question, () => this.sendAgain(part, question));
      this.after(askAgainMs + slice * sliceMs, question, () => this.sendAgain(part, question));
    }
    this.after(waitMs + (slices - 1) * sliceMs, question, () => this.settle(question));
  }

  /** No question is answered any more. */
  close(): void {
    for (const { timers } of this.questions) for (const cancel of timers) cancel();
    this.questions.clear();
    this.closeSocket();
  }

  private after(delayMs: number, { timers }: Question, run: () => void): void {
    const cancel = this.ports.clock.setTimer(delayMs, () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
  }

  private receive(bytes: Uint8Array): void {
    const packet = decodeArp(bytes);
    if (!packet.ok) return;
    const { senderAddress, senderMac } = packet.value;
    for (const question of [...this.questions]) {
      if (!question.open.delete(senderAddress)) continue;
      question.onProbed([senderAddress], senderMac);
      if (question.open.size === 0) this.settle(question);
    }
  }

  private settle(question: Question): void {
    if (!this.questions.delete(question)) return;
    for (const cancel of question.timers) cancel();
    if (this.questions.size === 0) this.closeSocket();
    if (question.open.size > 0) question.onProbed([...question.open], undefined);
  }

  private closeSocket(): void {
    this.socket?.close();
    this.socket = undefined;
  }

  private sendAgain(addresses: readonly Ipv4Address[], { open }: Question): void {
    try {
      for (const address of addresses) if (open.has(address)) this.send(address);
    } catch {
      // The first question counts.
    }
  }

  private send(address: Ipv4Address): void {
    this.socket?.send(encodeArp(arpProbe(this.mac, address)), macBroadcast);
  }
}
