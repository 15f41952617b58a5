/**
 * Link-layer sockets without a link: what is sent goes to the test's far end, what that end says is heard by the
 * sockets whose filter lets it through. The filters are run as the kernel runs them.
 */
import type { MacAddress } from '@connman/inet';
import type { BpfInstruction, PacketInfo, PacketOptions, PacketPort, PacketSocket } from '@connman/ports';

export interface SentPacket {
  readonly ifindex: number;
  readonly etherType: number;
  readonly payload: Uint8Array;
  readonly destination: MacAddress;
}

export class PacketWire implements PacketPort {
  readonly sent: SentPacket[] = [];
  /** Called with each packet that is sent; may throw OsError, as a link that is down does. */
  onSend: (packet: SentPacket) => void = () => {};
  /** Called before a socket is opened; may throw OsError. */
  onOpen: (options: PacketOptions) => void = () => {};
  private readonly sockets = new Set<PacketOptions>();

  open(options: PacketOptions): PacketSocket {
    this.onOpen(options);
    this.sockets.add(options);
    const { ifindex, etherType } = options;
    return {
      send: (payload, destination) => {
        if (!this.sockets.has(options)) throw new Error('send on a closed socket');
        const packet = { ifindex, etherType, payload: payload.slice(), destination };
        this.sent.push(packet);
        this.onSend(packet);
      },
      close: () => this.sockets.delete(options),
    };
  }

  /** Open sockets: a test's look for forgotten ones. */
  get openSockets(): number {
    return this.sockets.size;
  }

  /** A packet comes in by the link; true if any socket heard it. */
  deliver(ifindex: number, etherType: number, payload: Uint8Array, info: PacketInfo): boolean {
    let heard = false;
    for (const socket of [...this.sockets]) {
      if (socket.ifindex !== ifindex || socket.etherType !== etherType) continue;
      if (runFilter(socket.filter, payload) === 0) continue;
      heard = true;
      socket.onPacket(payload.slice(), info);
    }
    return heard;
  }
}

/** How many bytes of the packet the filter accepts, 0 for none; throws on an instruction that no filter of ours has. */
export function runFilter(program: readonly BpfInstruction[], packet: Uint8Array): number {
  let a = 0;
  let x = 0;
  const load = (at: number, size: number): number | undefined => {
    if (at + size > packet.length) return undefined;
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (packet[at + i] as number);
    return value;
  };
  for (let pc = 0; pc < program.length; pc++) {
    const { code, jt, jf, k } = program[pc] as BpfInstruction;
    const size = { 0: 4, 8: 2, 16: 1 }[code & 0x18] ?? 0;
    switch (code & ~0x18) {
      case 0x20: // ld [k]
      case 0x40: {
        // ld [x + k]
        const value = load((code & 0x40 ? x : 0) + k, size);
        // The kernel drops a packet that ends before what is asked for.
        if (value === undefined) return 0;
        a = value;
        continue;
      }
    }
    switch (code) {
      case 0xb1: {
        const value = load(k, 1);
        if (value === undefined) return 0;
        x = (value & 0x0f) * 4;
        break;
      }
      case 0x15:
        pc += a === k ? jt : jf;
        break;
      case 0x45:
        pc += (a & k) !== 0 ? jt : jf;
        break;
      case 0x06:
        return k;
      default:
        throw new Error(`instruction ${pc} has the code 0x${code.toString(16)}`);
    }
  }
  throw new Error('the filter runs past its end');
}
