/** "Does any host have this address?", asked by ARP on a link of ours before the address is leased (RFC 2131 section 2.2). */
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

export class AddressProbe {
  private readonly ports: ProbePorts;
  private readonly ifindex: number;
  private readonly mac: MacAddress;
  private readonly pending = new Map<Ipv4Address, (holder: MacAddress | undefined) => void>();
  private socket: PacketSocket | undefined;

  constructor(ports: ProbePorts, link: { readonly ifindex: number; readonly mac: MacAddress }) {
    this.ports = ports;
    this.ifindex = link.ifindex;
    this.mac = link.mac;
  }

  /** Calls back once, with the host that has the address. Throws OsError when it cannot be asked. */
  ask(address: Ipv4Address, onAnswer: (holder: MacAddress | undefined) => void): void {
    const { clock, packets } = this.ports;
    this.socket ??= packets.open({
      ifindex: this.ifindex,
      etherType: etherTypeArp,
      filter: replyFilter,
      onPacket: (bytes) => this.receive(bytes),
      // A link that goes down; the answer is that there was none.
      onError: () => {},
    });
    this.send(address);
    const again = clock.setTimer(askAgainMs, () => this.sendAgain(address));
    const cancel = clock.setTimer(waitMs, () => this.answer(address, undefined));
    this.pending.set(address, (holder) => {
      again();
      cancel();
      onAnswer(holder);
    });
  }

  /** No question is answered any more. */
  close(): void {
    for (const address of [...this.pending.keys()]) this.answer(address, undefined);
  }

  private receive(bytes: Uint8Array): void {
    const packet = decodeArp(bytes);
    if (packet.ok) this.answer(packet.value.senderAddress, packet.value.senderMac);
  }

  private answer(address: Ipv4Address, holder: MacAddress | undefined): void {
    const settle = this.pending.get(address);
    if (!this.pending.delete(address) || !settle) return;
    if (this.pending.size === 0) {
      this.socket?.close();
      this.socket = undefined;
    }
    settle(holder);
  }

  private sendAgain(address: Ipv4Address): void {
    try {
      this.send(address);
    } catch {
      // The first question counts.
    }
  }

  private send(address: Ipv4Address): void {
    this.socket?.send(encodeArp(arpProbe(this.mac, address)), macBroadcast);
  }
}
