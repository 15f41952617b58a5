import type { OsError } from '@connman/base';
import type { MacAddress } from '@connman/inet';

/** One instruction of the classic packet filter (struct sock_filter). */
export interface BpfInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

export interface PacketOptions {
  readonly ifindex: number;
  /** ETH_P_IP (0x0800), ETH_P_ARP (0x0806), ... */
  readonly etherType: number;
  /** Runs in the kernel; what it refuses never wakes the program. Offsets start at the network header. */
  readonly filter: readonly BpfInstruction[];
  /** A packet without its link-layer header. The bytes are valid during the call only. */
  onPacket(payload: Uint8Array, info: PacketInfo): void;
  onError(error: OsError): void;
}

export interface PacketInfo {
  readonly source: MacAddress;
  /** The sender's stack left the transport checksum to be filled in later (TP_STATUS_CSUMNOTREADY): do not check it. */
  readonly checksumNotReady: boolean;
}

/** A link-layer socket of one interface (AF_PACKET, SOCK_DGRAM). */
export interface PacketSocket {
  /** Throws OsError. */
  send(payload: Uint8Array, destination: MacAddress): void;
  close(): void;
}

export interface PacketPort {
  /** Throws OsError. */
  open(options: PacketOptions): PacketSocket;
}
