/** A DHCP server that does as it is told, on a wire without a network: the far end of the client's tests. */
import { type Ipv4Address, ipv4Any, ipv4Broadcast, macBroadcast, parseIpv4, parseMac } from '@connman/inet';
import type { ManualClock, PacketWire, SentPacket } from '@connman/testkit';
import { type DhcpMessage, decodeMessage, encodeMessage } from '../src/v4/message';
import { type MessageType, messageTypeCode, messageTypeOf, OptionWriter, option, readOption } from '../src/v4/options';
import { decodeUdp, encodeUdp } from '../src/v4/udp';

export const ip = (text: string): Ipv4Address => parseIpv4(text) ?? fail(text);
export const mac = (text: string) => parseMac(text) ?? fail(text);
const fail = (text: string): never => {
  throw new Error(text);
};

export const clientMac = mac('52:54:00:12:34:56');
export const serverMac = mac('02:00:00:00:00:01');
export const ifindex = 7;
const etherTypeIpv4 = 0x0800;

/** What the server makes of a message; undefined for silence. */
export type Script = (message: DhcpMessage, type: MessageType) => Answer | undefined;

export interface Answer {
  readonly type: MessageType;
  readonly yiaddr?: Ipv4Address;
  readonly options?: (writer: OptionWriter) => void;
  /** Raw options by code, for what the table does not say. */
  readonly raw?: readonly (readonly [code: number, value: Uint8Array])[];
  readonly server?: Ipv4Address | null;
  readonly xid?: number;
  readonly delayMs?: number;
}

export interface HeardMessage {
  readonly at: number;
  readonly type: MessageType;
  readonly message: DhcpMessage;
  readonly destination: string;
}

export class ScriptedServer {
  readonly heard: HeardMessage[] = [];
  /** The wire loses this packet; `toServer` says which way it goes. */
  loses: (toServer: boolean) => boolean = () => false;
  script: Script = leases(ip('192.0.2.10'));
  private readonly wire: PacketWire;
  private readonly clock: ManualClock;

  constructor(wire: PacketWire, clock: ManualClock) {
    this.wire = wire;
    this.clock = clock;
    wire.onSend = (packet) => this.hear(packet);
  }

  /** The types heard so far, in order. */
  get types(): readonly MessageType[] {
    return this.heard.map(({ type }) => type);
  }

  private hear({ etherType, payload, destination }: SentPacket): void {
    if (etherType !== etherTypeIpv4 || this.loses(true)) return;
    const datagram = decodeUdp(payload, false);
    if (!datagram.ok) throw new Error(`the client sent what cannot be read: ${datagram.error.reason}`);
    const message = decodeMessage(datagram.value.payload);
    if (!message.ok) throw new Error(`the client sent what cannot be read: ${message.error.reason}`);
    const type = messageTypeOf(message.value.options);
    if (!type) throw new Error('the client sent a message without a type');
    this.heard.push({ at: this.clock.now(), type, message: message.value, destination });
    const answer = this.script(message.value, type);
    if (answer) this.clock.setTimer(answer.delayMs ?? 0.3, () => this.say(message.value, answer));
  }

  /** Sends an answer to a message, asked for or not. */
  say(to: DhcpMessage, answer: Answer): void {
    if (this.loses(false)) return;
    const writer = new OptionWriter().add(option.messageType, messageTypeCode(answer.type));
    const server = answer.server === undefined ? ip('192.0.2.1') : answer.server;
    if (server) writer.add(option.serverIdentifier, server);
    answer.options?.(writer);
    const options = new Map([...writer.options, ...(answer.raw ?? [])]);
    const payload = encodeMessage({
      op: 'reply',
      xid: answer.xid ?? to.xid,
      secs: 0,
      broadcast: to.broadcast,
      ciaddr: to.ciaddr,
      yiaddr: answer.yiaddr ?? ipv4Any,
      siaddr: ipv4Any,
      giaddr: ipv4Any,
      chaddr: to.chaddr,
      options,
    });
    if (!payload) throw new Error('the answer does not fit');
    const packet = encodeUdp({
      source: { address: ip('192.0.2.1'), port: 67 },
      destination: { address: answer.yiaddr ?? ipv4Broadcast, port: 68 },
      payload,
    });
    this.wire.deliver(ifindex, etherTypeIpv4, packet, { source: serverMac, checksumNotReady: false });
  }
}

export interface LeaseTerms {
  readonly seconds?: number;
  readonly options?: (writer: OptionWriter) => void;
  /** Answer DISCOVER with an ACK at once (RFC 4039). */
  readonly rapidCommit?: boolean;
}

/** The ordinary server: one address for everybody, NAK for any other. */
export function leases(address: Ipv4Address, terms: LeaseTerms = {}): Script {
  const options = (writer: OptionWriter) => {
    writer.add(option.subnetMask, ip('255.255.255.0')).add(option.leaseTime, terms.seconds ?? 3600);
    writer.add(option.router, [ip('192.0.2.1')]).add(option.domainNameServer, [ip('192.0.2.53')]);
    terms.options?.(writer);
  };
  return (message, type) => {
    if (type === 'discover') {
      if (!terms.rapidCommit) return { type: 'offer', yiaddr: address, options };
      return { type: 'ack', yiaddr: address, options: (writer) => options(writer.add(option.rapidCommit, true)) };
    }
    if (type !== 'request') return undefined;
    const wanted = readOption(message.options, option.requestedAddress) ?? message.ciaddr;
    return wanted === address ? { type: 'ack', yiaddr: address, options } : { type: 'nak' };
  };
}

export const isBroadcast = (heard: HeardMessage): boolean => heard.destination === macBroadcast;
