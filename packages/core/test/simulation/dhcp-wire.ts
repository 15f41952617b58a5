/**
 * The far end of DHCP on the wire: what the real component sends is read, lost, answered or doubled as its network does it.
 * Messages are read and written here again (RFC 2131, RFC 2132), so that both sides have to agree with the RFC.
 */
import { OsError, silentLogger } from '@connman/base';
import type { DhcpComponent } from '@connman/contracts';
import { createDhcpComponent } from '@connman/dhcp';
import {
  type Ipv4Address,
  ipv4Any,
  ipv4Broadcast,
  ipv4FromBytes,
  ipv4ToBytes,
  type MacAddress,
  macFromBytes,
  macToBytes,
  netmaskOf,
} from '@connman/inet';
import type { Clock } from '@connman/ports';
import { FakeDatagrams, PacketWire, type SentPacket } from '@connman/testkit';
import type { Lan } from './lan';
import type { Random } from './random';

export interface DhcpWireOptions {
  /** Ends with the daemon: a dead component's timers do not ring. */
  readonly clock: Clock;
  readonly random: Random;
  /** The network a link's cable leads to; undefined if it is not plugged or the link is off. */
  readonly lanOf: (ifindex: number) => Lan | undefined;
  /** Sometimes no packet socket can be opened. */
  readonly isBroken: () => boolean;
}

const etherTypeIpv4 = 0x0800;
const etherTypeArp = 0x0806;
const routerMac = '02:ff:00:00:00:01' as MacAddress;
const discover = 1;
const offer = 2;
const request = 3;
const decline = 4;
const ack = 5;
const nak = 6;
const release = 7;
const ENOBUFS = 105;
const ENETDOWN = 100;

/** The real DHCP component, plugged into the simulated networks. */
export function dhcpOnTheWire(options: DhcpWireOptions): DhcpComponent {
  const { clock, random, isBroken, lanOf } = options;
  const wire = new PacketWire();
  wire.onOpen = ({ ifindex }) => {
    if (isBroken()) throw new OsError('socket', ENOBUFS, `link ${ifindex}`);
  };
  wire.onSend = (packet) => {
    wire.sent.length = 0;
    const lan = lanOf(packet.ifindex);
    if (!lan) throw new OsError('sendto', ENETDOWN, `link ${packet.ifindex}`);
    if (random.chance(lan.loss)) return;
    if (packet.etherType === etherTypeArp) answerArp(options, wire, lan, packet);
    else answerDhcp(options, wire, lan, packet);
  };
  return createDhcpComponent({
    clock,
    entropy: { uint32: () => random.uint32(), bytes: (count) => random.bytes(count) },
    packets: wire,
    datagrams: new FakeDatagrams(),
    linkAddresses: { read: () => new Set() },
    log: silentLogger,
  });
}

/** A little later, unless it is lost on its way back or the link is gone by then; sometimes twice. */
function reply(
  { clock, random, lanOf }: DhcpWireOptions,
  wire: PacketWire,
  lan: Lan,
  packet: { readonly ifindex: number; readonly etherType: number; readonly payload: Uint8Array },
  source: MacAddress,
): void {
  const copies = random.chance(lan.loss) ? 0 : random.chance(lan.loss / 2) ? 2 : 1;
  for (let i = 0; i < copies; i++) {
    clock.setTimer(random.between(1, 8), () => {
      if (lanOf(packet.ifindex) !== lan) return;
      wire.deliver(packet.ifindex, packet.etherType, packet.payload, { source, checksumNotReady: false });
    });
  }
}

// ARP (RFC 826): another host on the network may have an address that the server gave.

function answerArp(options: DhcpWireOptions, wire: PacketWire, lan: Lan, { ifindex, payload }: SentPacket): void {
  const isRequest = payload[7] === 1;
  const target = ipv4FromBytes(payload, 24);
  const sender = ipv4FromBytes(payload, 14);
  if (!isRequest || (target !== lan.squatter && sender !== lan.squatter) || lan.squatter === undefined) return;
  const squatterMac = '02:ee:00:00:00:01' as MacAddress;
  const answer = new Uint8Array(28);
  answer.set(payload.subarray(0, 6));
  answer[7] = 2;
  answer.set(macToBytes(squatterMac), 8);
  answer.set(ipv4ToBytes(lan.squatter), 14);
  answer.set(payload.subarray(8, 18), 18);
  reply(options, wire, lan, { ifindex, etherType: etherTypeArp, payload: answer }, squatterMac);
}

// DHCP.

interface Message {
  readonly type: number;
  readonly mac: MacAddress;
  readonly bootp: Uint8Array;
  /** Option 50, or ciaddr. */
  readonly wanted: Ipv4Address | undefined;
  /** Option 54. */
  readonly server: Ipv4Address | undefined;
}

function readMessage(packet: Uint8Array): Message {
  const bootp = packet.subarray(28);
  const options = new Map<number, Uint8Array>();
  for (let at = 240; at < bootp.length && bootp[at] !== 255; ) {
    if (bootp[at] === 0) {
      at++;
      continue;
    }
    const length = bootp[at + 1] as number;
    options.set(bootp[at] as number, bootp.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  const address = (code: number) => {
    const value = options.get(code);
    return value && ipv4FromBytes(value);
  };
  const ciaddr = ipv4FromBytes(bootp, 12);
  return {
    type: options.get(53)?.[0] ?? 0,
    mac: macFromBytes(bootp, 28),
    bootp,
    wanted: address(50) ?? (ciaddr === ipv4Any ? undefined : ciaddr),
    server: address(54),
  };
}

function answerDhcp(options: DhcpWireOptions, wire: PacketWire, lan: Lan, { ifindex, payload }: SentPacket): void {
  if (!lan.serverUp) return;
  const message = readMessage(payload);
  const { mac, wanted } = message;
  const answer = (type: number, address?: Ipv4Address) => {
    const packet = { ifindex, etherType: etherTypeIpv4, payload: writeReply(message, lan, type, address) };
    reply(options, wire, lan, packet, routerMac);
  };
  switch (message.type) {
    case discover:
      return answer(offer, lan.offer(mac, wanted));
    case request: {
      // Another server was chosen.
      if (message.server && message.server !== lan.gateway) return;
      const given = lan.answer(mac, wanted);
      return given.kind === 'ack' ? answer(ack, given.lease.address) : answer(nak);
    }
    case decline:
      return wanted && lan.decline(mac, wanted);
    case release:
      return lan.release(mac);
  }
}

function writeReply({ bootp: asked }: Message, lan: Lan, type: number, address: Ipv4Address = ipv4Any): Uint8Array {
  const four = (code: number, value: Ipv4Address) => [code, 4, ...ipv4ToBytes(value)];
  const seconds = (code: number, value: number) => [code, 4, ...new Uint8Array(Uint32Array.of(value).buffer).reverse()];
  const terms = [
    ...four(1, netmaskOf(24)),
    ...four(3, lan.gateway),
    ...four(6, lan.gateway),
    ...seconds(51, lan.leaseSeconds),
    ...(lan.mtu > 0 ? [26, 2, lan.mtu >>> 8, lan.mtu & 255] : []),
  ];
  const options = [53, 1, type, ...four(54, lan.gateway), ...(type === nak ? [] : terms), 255];
  const bootp = new Uint8Array(Math.max(300, 240 + options.length));
  bootp.set([2, 1, 6, 0]);
  bootp.set(asked.subarray(4, 8), 4);
  bootp.set(asked.subarray(10, 12), 10);
  bootp.set(ipv4ToBytes(address), 16);
  bootp.set(asked.subarray(28, 44), 28);
  bootp.set([99, 130, 83, 99], 236);
  bootp.set(options, 240);
  return withHeaders(bootp, lan.gateway, type === nak ? ipv4Broadcast : address);
}

/** IPv4 and UDP from port 67 to port 68; without the optional UDP checksum. */
function withHeaders(payload: Uint8Array, from: Ipv4Address, to: Ipv4Address): Uint8Array {
  const packet = new Uint8Array(28 + payload.length);
  const view = new DataView(packet.buffer);
  view.setUint8(0, 0x45);
  view.setUint16(2, packet.length);
  view.setUint8(8, 64);
  view.setUint8(9, 17);
  packet.set(ipv4ToBytes(from), 12);
  packet.set(ipv4ToBytes(to), 16);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(10, ~sum & 0xffff);
  view.setUint16(20, 67);
  view.setUint16(22, 68);
  view.setUint16(24, 8 + payload.length);
  packet.set(payload, 28);
  return packet;
}
