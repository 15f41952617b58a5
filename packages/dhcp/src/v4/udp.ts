/** The IPv4 and UDP headers around a DHCP message on a packet socket: built, and checked (RFC 791, RFC 768). */
import { ByteReader, ByteWriter, type DecodeError, err, ok, type Result } from '@connman/base';
import { type Ipv4Address, ipv4FromBytes, ipv4ToBytes } from '@connman/inet';
import { onesComplement, sumOf } from '../checksum';

export const serverPort = 67;
export const clientPort = 68;
/** ETH_P_IP. */
export const etherTypeIpv4 = 0x0800;

const protocolUdp = 17;
const ipHeaderLength = 20;
const udpHeaderLength = 8;
const timeToLive = 64;
const layer = 'dhcpv4 transport';

export interface Endpoint {
  readonly address: Ipv4Address;
  readonly port: number;
}

export interface UdpDatagram {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly payload: Uint8Array;
}

export function encodeUdp({ source, destination, payload }: UdpDatagram): Uint8Array {
  const udpLength = udpHeaderLength + payload.length;
  const writer = new ByteWriter(ipHeaderLength + udpLength);
  writer
    .uint8(0x45)
    .uint8(0)
    .uint16(ipHeaderLength + udpLength);
  writer.uint16(0).uint16(0).uint8(timeToLive).uint8(protocolUdp).uint16(0);
  writer.bytes(ipv4ToBytes(source.address)).bytes(ipv4ToBytes(destination.address));
  writer.uint16(source.port).uint16(destination.port).uint16(udpLength).uint16(0).bytes(payload);
  const packet = writer.finish();
  putChecksum(packet, 10, onesComplement(sumOf(packet, 0, ipHeaderLength)));
  // Zero would say "no checksum" (RFC 768), so a sum of zero travels as its other form.
  putChecksum(
    packet,
    26,
    onesComplement(pseudoHeaderSum(packet, udpLength) + sumOf(packet, ipHeaderLength, packet.length)) || 0xffff,
  );
  return packet;
}

/**
 * `checksumNotReady`: the sender's stack left the UDP checksum to be filled in by hardware the packet never met (veth,
 * virtual machines); it is not looked at then. The payload is a view into `packet`.
 */
export function decodeUdp(packet: Uint8Array, checksumNotReady: boolean): Result<UdpDatagram, DecodeError> {
  const bad = (offset: number, reason: string) => err({ layer, offset, reason });
  const version = (packet[0] ?? 0) >>> 4;
  const headerLength = ((packet[0] ?? 0) & 15) * 4;
  if (version !== 4) return bad(0, `IP version ${version}`);
  if (headerLength < ipHeaderLength) return bad(0, `IP header length ${headerLength}`);
  if (packet.length < headerLength + udpHeaderLength) return bad(packet.length, 'cut short inside the headers');
  const reader = new ByteReader(packet, 2);
  const totalLength = reader.uint16();
  // Longer than the packet says is fine: Ethernet pads short frames.
  if (totalLength > packet.length) return bad(2, `IP total length ${totalLength} of ${packet.length} bytes`);
  reader.skip(2);
  if ((reader.uint16() & 0x3fff) !== 0) return bad(6, 'a fragment');
  reader.skip(1);
  const protocol = reader.uint8();
  if (protocol !== protocolUdp) return bad(9, `IP protocol ${protocol}`);
  if (onesComplement(sumOf(packet, 0, headerLength)) !== 0) return bad(10, 'wrong IP header checksum');

  reader.offset = headerLength;
  const sourcePort = reader.uint16();
  const destinationPort = reader.uint16();
  const udpLength = reader.uint16();
  const checksum = reader.uint16();
  if (udpLength < udpHeaderLength || headerLength + udpLength > totalLength)
    return bad(headerLength + 4, `UDP length ${udpLength} in an IP packet of ${totalLength}`);
  const end = headerLength + udpLength;
  if (checksum !== 0 && !checksumNotReady) {
    const total = pseudoHeaderSum(packet, udpLength) + sumOf(packet, headerLength, end);
    if (onesComplement(total) !== 0) return bad(headerLength + 6, 'wrong UDP checksum');
  }
  return ok({
    source: { address: ipv4FromBytes(packet, 12), port: sourcePort },
    destination: { address: ipv4FromBytes(packet, 16), port: destinationPort },
    payload: packet.subarray(headerLength + udpHeaderLength, end),
  });
}

function pseudoHeaderSum(packet: Uint8Array, udpLength: number): number {
  return sumOf(packet, 12, 20) + protocolUdp + udpLength;
}

function putChecksum(packet: Uint8Array, offset: number, value: number): void {
  packet[offset] = value >>> 8;
  packet[offset + 1] = value;
}
