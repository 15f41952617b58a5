/** ARP for IPv4 on Ethernet (RFC 826): the codec, the probe and announcement of RFC 5227, and a kernel-side filter. */
import { ByteReader, ByteWriter, type DecodeError, err, ok, type Result } from '@connman/base';
import {
  type Ipv4Address,
  ipv4Any,
  ipv4FromBytes,
  ipv4ToBytes,
  ipv4ToUint32,
  type MacAddress,
  macFromBytes,
  macToBytes,
} from '@connman/inet';
import type { BpfInstruction } from '@connman/ports';
import { accept, jumpIfEqual, load, refuse } from '../bpf';

export const etherTypeArp = 0x0806;
const arpLength = 28;
const hardwareEthernet = 1;
const protocolIpv4 = 0x0800;
const macZero = '00:00:00:00:00:00' as MacAddress;

export interface ArpPacket {
  readonly operation: 'request' | 'reply';
  readonly senderMac: MacAddress;
  readonly senderAddress: Ipv4Address;
  readonly targetMac: MacAddress;
  readonly targetAddress: Ipv4Address;
}

export function encodeArp(packet: ArpPacket): Uint8Array {
  const writer = new ByteWriter(arpLength);
  writer.uint16(hardwareEthernet).uint16(protocolIpv4).uint8(6).uint8(4);
  writer.uint16(packet.operation === 'request' ? 1 : 2);
  writer.bytes(macToBytes(packet.senderMac)).bytes(ipv4ToBytes(packet.senderAddress));
  writer.bytes(macToBytes(packet.targetMac)).bytes(ipv4ToBytes(packet.targetAddress));
  return writer.finish();
}

export function decodeArp(bytes: Uint8Array): Result<ArpPacket, DecodeError> {
  const bad = (offset: number, reason: string) => err({ layer: 'arp', offset, reason });
  if (bytes.length < arpLength) return bad(bytes.length, `cut short: needs ${arpLength} bytes`);
  const reader = new ByteReader(bytes);
  if (reader.uint16() !== hardwareEthernet || reader.uint16() !== protocolIpv4) return bad(0, 'not IPv4 on Ethernet');
  if (reader.uint8() !== 6 || reader.uint8() !== 4) return bad(4, 'address lengths are not 6 and 4');
  const operation = reader.uint16();
  if (operation !== 1 && operation !== 2) return bad(6, `operation ${operation}`);
  return ok({
    operation: operation === 1 ? 'request' : 'reply',
    senderMac: macFromBytes(bytes, 8),
    senderAddress: ipv4FromBytes(bytes, 14),
    targetMac: macFromBytes(bytes, 18),
    targetAddress: ipv4FromBytes(bytes, 24),
  });
}

/** "Does anybody have this address?", without claiming it (RFC 5227 section 2.1.1). */
export function arpProbe(mac: MacAddress, address: Ipv4Address): ArpPacket {
  return { operation: 'request', senderMac: mac, senderAddress: ipv4Any, targetMac: macZero, targetAddress: address };
}

/** "This address is mine" (RFC 5227 section 2.3). */
export function arpAnnouncement(mac: MacAddress, address: Ipv4Address): ArpPacket {
  return { operation: 'request', senderMac: mac, senderAddress: address, targetMac: macZero, targetAddress: address };
}

/** Lets through what another host than `mac` says with `address` as its own, and its probes for that address. */
export function conflictFilter(mac: MacAddress, address: Ipv4Address): BpfInstruction[] {
  const own = new ByteReader(macToBytes(mac));
  const value = ipv4ToUint32(address);
  return [
    load(4, 14),
    jumpIfEqual(value, 3, 0),
    jumpIfEqual(0, 0, 7),
    load(4, 24),
    jumpIfEqual(value, 0, 5),
    load(4, 8),
    jumpIfEqual(own.uint32(), 0, 2),
    load(2, 12),
    jumpIfEqual(own.uint16(), 1, 0),
    accept,
    refuse,
  ];
}

/** Lets through replies. */
export const replyFilter: readonly BpfInstruction[] = [load(2, 6), jumpIfEqual(2, 0, 1), accept, refuse];
