/** struct sockaddr of the families we use, as bytes: family and lengths in the machine's order, ports in the network's. */
import {
  type Family,
  familyOf,
  type IpAddress,
  type Ipv4Address,
  type Ipv6Address,
  ipv4FromBytes,
  ipv4ToBytes,
  ipv6FromBytes,
  ipv6ToBytes,
  type MacAddress,
  macFromBytes,
  macToBytes,
} from '@connman/inet';

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;

/** Room for any Internet address: struct sockaddr_in6. */
export const INET_ADDRESS_BYTES = 28;
/** Room for struct sockaddr_ll. */
export const PACKET_ADDRESS_BYTES = 20;
/** Room for struct sockaddr_nl. */
export const NETLINK_ADDRESS_BYTES = 12;

export const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function inetDomain(family: Family): number {
  return family === 4 ? AF_INET : AF_INET6;
}

/** sockaddr_in or sockaddr_in6. */
export function encodeInet(address: IpAddress, port: number): Uint8Array {
  const four = familyOf(address) === 4;
  const bytes = new Uint8Array(four ? 16 : INET_ADDRESS_BYTES);
  const fields = view(bytes);
  fields.setUint16(0, four ? AF_INET : AF_INET6, littleEndian);
  fields.setUint16(2, port);
  bytes.set(four ? ipv4ToBytes(address as Ipv4Address) : ipv6ToBytes(address as Ipv6Address), four ? 4 : 8);
  return bytes;
}

export function inetAddress(bytes: Uint8Array): IpAddress {
  return view(bytes).getUint16(0, littleEndian) === AF_INET6 ? ipv6FromBytes(bytes, 8) : ipv4FromBytes(bytes, 4);
}

export function inetPort(bytes: Uint8Array): number {
  return view(bytes).getUint16(2);
}

/** sockaddr_nl of the kernel (nl_pid 0) or, to bind, of any free port. */
export function encodeNetlink(): Uint8Array {
  const bytes = new Uint8Array(NETLINK_ADDRESS_BYTES);
  view(bytes).setUint16(0, AF_NETLINK, littleEndian);
  return bytes;
}

/** nl_pid: 0 is the kernel. */
export function netlinkPortId(bytes: Uint8Array): number {
  return view(bytes).getUint32(4, littleEndian);
}

/** sockaddr_ll: to bind (no address) or to send to an Ethernet address. */
export function encodePacket(ifindex: number, etherType: number, mac?: MacAddress): Uint8Array {
  const bytes = new Uint8Array(PACKET_ADDRESS_BYTES);
  const fields = view(bytes);
  fields.setUint16(0, AF_PACKET, littleEndian);
  fields.setUint16(2, etherType);
  fields.setInt32(4, ifindex, littleEndian);
  if (mac) {
    bytes[11] = 6;
    bytes.set(macToBytes(mac), 12);
  }
  return bytes;
}

/** The interface in a sockaddr_ll. */
export function packetIfindex(bytes: Uint8Array): number {
  return view(bytes).getInt32(4, littleEndian);
}

/** PACKET_: 0 to us, 1 broadcast, 2 multicast, 3 to others, 4 from us. */
export function packetType(bytes: Uint8Array): number {
  return bytes[10] as number;
}

/** The Ethernet address in a sockaddr_ll. */
export function packetMac(bytes: Uint8Array): MacAddress {
  return macFromBytes(bytes, 12);
}

/** sockaddr_un of a path, or of an abstract name when it starts with '@' as in NOTIFY_SOCKET. */
export function encodeUnix(name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  const abstract = name.startsWith('@');
  // An abstract name ends where the address ends; a path has its zero.
  const bytes = new Uint8Array(2 + text.length + (abstract ? 0 : 1));
  view(bytes).setUint16(0, AF_UNIX, littleEndian);
  bytes.set(text, 2);
  if (abstract) bytes[2] = 0;
  return bytes;
}
