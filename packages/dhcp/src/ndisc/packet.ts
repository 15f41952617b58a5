/** ICMPv6 messages between neighbours on a packet socket: the IPv6 header around them, built and checked (RFC 8200, RFC 4443). */
import { ByteWriter, type DecodeError, err, ok, type Result } from '@connman/base';
import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from '@connman/inet';
import { onesComplement, sumOf } from '../checksum';

/** ETH_P_IPV6. */
export const etherTypeIpv6 = 0x86dd;
export const headerLength = 40;
export const protocolIcmpv6 = 58;
/** What has come from further away is no neighbour's (RFC 4861 section 6.1). */
export const neighbourHops = 255;

const checksumOffset = headerLength + 2;
const layer = 'icmpv6';

export interface NeighbourMessage {
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  /** From the type on; its checksum is put in. */
  readonly message: Uint8Array;
}

export function encodeNeighbourMessage({ source, destination, message }: NeighbourMessage): Uint8Array {
  const writer = new ByteWriter(headerLength + message.length);
  writer.uint32(0x60000000).uint16(message.length).uint8(protocolIcmpv6).uint8(neighbourHops);
  const packet = writer.bytes(ipv6ToBytes(source)).bytes(ipv6ToBytes(destination)).bytes(message).finish();
  const checksum = checksumOf(packet, packet.length);
  packet[checksumOffset] = checksum >>> 8;
  packet[checksumOffset + 1] = checksum;
  return packet;
}

/** `checksumNotReady`: the sender's stack left it to hardware the packet never met. The message is a view into `packet`. */
export function decodeNeighbourMessage(
  packet: Uint8Array,
  checksumNotReady: boolean,
): Result<NeighbourMessage, DecodeError> {
  const bad = (offset: number, reason: string) => err({ layer, offset, reason });
  if (packet.length < headerLength + 4) return bad(packet.length, 'cut short inside the headers');
  if ((packet[0] as number) >>> 4 !== 6) return bad(0, `IP version ${(packet[0] as number) >>> 4}`);
  const end = headerLength + (((packet[4] as number) << 8) | (packet[5] as number));
  // Longer than the packet says is fine: Ethernet pads short frames.
  if (end > packet.length || end < headerLength + 4) return bad(4, `payload length ${end - headerLength}`);
  if (packet[6] !== protocolIcmpv6) return bad(6, `next header ${packet[6]}`);
  if (packet[7] !== neighbourHops) return bad(7, `hop limit ${packet[7]}: not from this link`);
  if (!checksumNotReady && checksumOf(packet, end) !== 0) return bad(checksumOffset, 'wrong checksum');
  return ok({
    source: ipv6FromBytes(packet, 8),
    destination: ipv6FromBytes(packet, 24),
    message: packet.subarray(headerLength, end),
  });
}

/** With the pseudo header (RFC 8200 section 8.1); 0 for a message that has the right one. */
function checksumOf(packet: Uint8Array, end: number): number {
  return onesComplement(sumOf(packet, 8, end) + (end - headerLength) + protocolIcmpv6);
}
